#include "checkpoint/gguf_write.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

std::vector<TensorToWrite> TensorsOf(const GgufFile& file) {
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : file.entries())
    tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
  return tensors;
}

class GgufWrite : public ::testing::TestWithParam<std::string> {};

// A file of the Python package, read and written again: the same bytes.
TEST_P(GgufWrite, WhatWasReadIsWrittenByteForByte) {
  const TempFolder folder;
  const auto file = GgufFile::Open(kModels + GetParam());
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT(WriteGguf(folder.File("out.gguf"), **file, {}, TensorsOf(**file)), IsOk());
  EXPECT_EQ(Slurp(folder.File("out.gguf")), Slurp(kModels + GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Files, GgufWrite,
                         ::testing::Values("gguf/llama-q8_0.gguf", "gguf/phi3_longrope-bf16.gguf",
                                           "gguf/gemma3-bf16.gguf"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace_if(
                               name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST(GgufWriteTest, ChangedKeysKeepTheirPlaceAndNewOnesFollow) {
  const TempFolder folder;
  const auto file = GgufFile::Open(kModels + "gguf/llama-q8_0.gguf");
  ASSERT_THAT(file, IsOk());
  const GgufChanges changes = {{"llama.feed_forward_length", uint32_t{7}},
                               {"fairprune.note", std::string("Größe")}};
  ASSERT_THAT(WriteGguf(folder.File("out.gguf"), **file, changes, TensorsOf(**file)), IsOk());
  const auto written = GgufFile::Open(folder.File("out.gguf"));
  ASSERT_THAT(written, IsOk());
  auto expected = (*file)->metadata();
  expected["llama.feed_forward_length"] = int64_t{7};
  expected["fairprune.note"] = std::string("Größe");
  EXPECT_EQ((*written)->metadata(), expected);
  const std::string before = Slurp(kModels + "gguf/llama-q8_0.gguf");
  const std::string after = Slurp(folder.File("out.gguf"));
  EXPECT_EQ(after.find("llama.feed_forward_length"), before.find("llama.feed_forward_length"));
}

TEST(GgufWriteTest, AModelInSeveralFilesBecomesOne) {
  const TempFolder folder;
  const auto checkpoint = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(kModels + "gguf_split"))
      if (entry.path().string().find("-00001-of-") != std::string::npos)
        return GgufFile::Open(entry.path().string());
    return GgufFile::Open("no first part");
  }();
  ASSERT_THAT(checkpoint, IsOk());
  ASSERT_GT((*checkpoint)->files().size(), 1U);
  ASSERT_THAT(WriteGguf(folder.File("one.gguf"), **checkpoint, {}, TensorsOf(**checkpoint)),
              IsOk());
  const auto one = GgufFile::Open(folder.File("one.gguf"));
  ASSERT_THAT(one, IsOk());
  EXPECT_FALSE((*one)->Has("split.count"));
  ASSERT_EQ((*one)->entries().size(), (*checkpoint)->entries().size());
  for (const TensorEntry& entry : (*checkpoint)->entries())
    EXPECT_TRUE(std::ranges::equal((*one)->Find(entry.name)->bytes, entry.bytes)) << entry.name;
}

TEST(GgufWriteTest, RefusesAndLeavesNothing) {
  const TempFolder folder;
  const auto file = GgufFile::Open(kModels + "gguf/llama-q8_0.gguf");
  ASSERT_THAT(file, IsOk());
  const std::vector<std::byte> bytes(64);
  const auto write = [&](std::vector<TensorToWrite> tensors) {
    return WriteGguf(folder.File("out.gguf"), **file, {}, tensors);
  };
  const auto view = [&](DType dtype, Shape shape, size_t size) {
    return ViewToWrite("w", dtype, std::move(shape), std::span(bytes).first(size));
  };
  EXPECT_THAT(write({view(DType::kF32, {4}, 16), view(DType::kF32, {4}, 16)}),
              FailsWith(ErrorCode::kInvalidArgument, "two tensors named \"w\""));
  EXPECT_THAT(write({view(DType::kQ8_0, {16}, 17)}),
              FailsWith(ErrorCode::kInvalidArgument, "whole blocks"));
  EXPECT_THAT(write({view(DType::kBool, {4}, 4)}),
              FailsWith(ErrorCode::kInvalidArgument, "GGUF cannot hold BOOL"));
  EXPECT_THAT(write({view(DType::kF32, {4}, 12)}),
              FailsWith(ErrorCode::kInvalidArgument, "expected 16 bytes, got 12"));
  EXPECT_EQ(folder.NumEntries(), 0U);
}

}  // namespace
}  // namespace fairprune
