#include <gtest/gtest.h>

#include <filesystem>

#include "base/result_matchers.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/test_files.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

std::vector<TensorToWrite> AllOf(const SafetensorsFile& file) {
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : file.entries()) {
    tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
  }
  return tensors;
}

void ExpectRewrittenIsIdentical(const std::string& path, const TempFolder& folder) {
  auto file = SafetensorsFile::Open(path);
  ASSERT_THAT(file, IsOk());
  const std::string copy = folder.File("copy.safetensors");
  ASSERT_THAT(WriteSafetensors(copy, AllOf(**file), (*file)->metadata()), IsOk());
  EXPECT_EQ(Slurp(copy), Slurp(path)) << path;
}

TEST(WriteSafetensorsTest, LayoutIsCompactPaddedAndInTheGivenOrder) {
  const TempFolder folder;
  const std::string path = folder.File("m.safetensors");
  const std::vector<TensorToWrite> tensors = {
      ViewToWrite("z", DType::kU8, {3}, AsBytes("abc")),
      ViewToWrite("\u00e9", DType::kF16, {}, AsBytes("de")),
  };
  ASSERT_THAT(WriteSafetensors(path, tensors, {{"format", "pt"}}), IsOk());
  std::string header =
      "{\"__metadata__\":{\"format\":\"pt\"},"
      "\"z\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
      "\"\u00e9\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[3,5]}}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(Slurp(path), SafetensorsBytes(header, "abcde"));
  ExpectRewrittenIsIdentical(path, folder);
}

TEST(WriteSafetensorsTest, NoTensorsNoMetadata) {
  const TempFolder folder;
  const std::string path = folder.File("m.safetensors");
  ASSERT_THAT(WriteSafetensors(path, {}, {}), IsOk());
  EXPECT_EQ(Slurp(path), SafetensorsBytes("{}      "));
}

TEST(WriteSafetensorsTest, StreamsPieces) {
  const TempFolder folder;
  const std::string path = folder.File("m.safetensors");
  TensorToWrite tensor{"a", DType::kU8, {4}, {}};
  tensor.produce = [](const auto& sink) -> Status {
    FP_RETURN_IF_ERROR(sink(AsBytes("ab")));
    FP_RETURN_IF_ERROR(sink(AsBytes("")));
    return sink(AsBytes("cd"));
  };
  ASSERT_THAT(WriteSafetensors(path, {tensor}, {}), IsOk());
  auto file = SafetensorsFile::Open(path);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(std::to_integer<char>((*file)->Find("a")->bytes[3]), 'd');
}

TEST(WriteSafetensorsTest, RefusesAndLeavesNothingBehind) {
  const TempFolder folder;
  const std::string path = folder.File("m.safetensors");
  const auto write = [&](std::vector<TensorToWrite> tensors) {
    return WriteSafetensors(path, tensors, {});
  };
  const TensorToWrite good = ViewToWrite("a", DType::kU8, {2}, AsBytes("ab"));
  EXPECT_THAT(write({good, good}), FailsWith(ErrorCode::kInvalidArgument, "two tensors named"));
  EXPECT_THAT(write({ViewToWrite("a", DType::kU8, {3}, AsBytes("ab"))}),
              FailsWith(ErrorCode::kInvalidArgument, "expected 3 bytes, got 2"));
  EXPECT_THAT(write({ViewToWrite("a", DType::kU8, {1}, AsBytes("ab"))}),
              FailsWith(ErrorCode::kInvalidArgument, "got more"));
  EXPECT_THAT(write({ViewToWrite("a", DType::kU8, {-1}, {})}),
              FailsWith(ErrorCode::kInvalidArgument, "impossible shape [-1]"));
  EXPECT_THAT(write({ViewToWrite("a", DType::kQ8_0, {32}, {})}),
              FailsWith(ErrorCode::kInvalidArgument, "cannot hold Q8_0"));
  EXPECT_THAT(write({ViewToWrite("__metadata__", DType::kU8, {0}, {})}),
              FailsWith(ErrorCode::kInvalidArgument, "__metadata__"));
  EXPECT_THAT(write({ViewToWrite("\xff", DType::kU8, {0}, {})}),
              FailsWith(ErrorCode::kInvalidArgument, "UTF-8"));
  TensorToWrite failing = good;
  failing.produce = [](const auto&) -> Status { return Fail(ErrorCode::kIo, "no more"); };
  EXPECT_THAT(write({failing}), FailsWith(ErrorCode::kIo, "no more"));
  EXPECT_EQ(folder.NumEntries(), 0U);
}

TEST(WriteSafetensorsTest, RewritesFilesOfThePythonPackageByteForByte) {
  const std::filesystem::path root = FAIRPRUNE_SHARED "/reference/architectures";
  if (!std::filesystem::exists(root)) {
    GTEST_SKIP() << root << " absent: rewriting files of the Python package is not checked";
  }
  const TempFolder folder;
  for (const auto& model : std::filesystem::directory_iterator(root)) {
    const std::string path = (model.path() / "model.safetensors").string();
    if (std::filesystem::exists(path)) ExpectRewrittenIsIdentical(path, folder);
  }
}

}  // namespace
}  // namespace fairprune
