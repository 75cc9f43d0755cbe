#include "checkpoint/gguf_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/test_files.h"
#include "io/hash.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

// Part `number` of `count`, with one tensor of this name.
struct Part {
  uint16_t number = 0, count = 2;
  int32_t num_tensors = 2;
  std::string tensor;

  GgufBuilder Builder() const {
    GgufBuilder builder;
    builder.Key("split.no", 2, LittleEndian(number))
        .Key("split.count", 2, LittleEndian(count))
        .Key("split.tensors.count", 5, LittleEndian(num_tensors))
        .TensorInfo(tensor, {1}, 0, 0);
    builder.data = LittleEndian(static_cast<float>(number) + 1.0F);
    return builder;
  }
  std::string Bytes() const { return Builder().Bytes(); }
};

class GgufPartsTest : public ::testing::Test {
 protected:
  GgufPartsTest() {
    folder_.Write("m-00001-of-00002.gguf", Part{.number = 0, .tensor = "a"}.Bytes());
    folder_.Write("m-00002-of-00002.gguf", Part{.number = 1, .tensor = "b"}.Bytes());
  }
  std::string First() const { return folder_.File("m-00001-of-00002.gguf"); }
  std::string Second() const { return folder_.File("m-00002-of-00002.gguf"); }
  // Opening the model fails so, naming the second part.
  void ExpectSecondRefused(const std::string& message, ErrorCode code = ErrorCode::kBadFormat) {
    const auto file = GgufFile::Open(First());
    EXPECT_THAT(file, FailsWith(code, message));
    EXPECT_THAT(file, FailsWith(code, "m-00002-of-00002.gguf"));
  }
  const TempFolder folder_;
};

TEST_F(GgufPartsTest, ReadsTheTensorsOfAllParts) {
  auto file = GgufFile::Open(First());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ((*file)->files(), (std::vector<std::string>{First(), Second()}));
  ASSERT_EQ((*file)->entries().size(), 2U);
  ASSERT_NE((*file)->Find("b"), nullptr);
  EXPECT_EQ((*file)->Find("a")->file_idx, 0);
  EXPECT_EQ((*file)->Find("b")->file_idx, 1);
  EXPECT_EQ(ReadAsF32(*(*file)->Find("a"))->data()[0], 1.0F);
  EXPECT_EQ(ReadAsF32(*(*file)->Find("b"))->data()[0], 2.0F);
  EXPECT_THAT((*file)->Int("split.no"), IsOkAndHolds(0)) << "metadata of the first part";
}

TEST_F(GgufPartsTest, AFolderOfPartsIsAModelAndTheHashCoversAll) {
  auto checkpoint = Checkpoint::Open(folder_.path());
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->tensors().entries().size(), 2U);
  const std::string expected = Sha256(*Sha256File(First()) + "  m-00001-of-00002.gguf\n" +
                                      *Sha256File(Second()) + "  m-00002-of-00002.gguf\n");
  EXPECT_THAT(checkpoint->ContentHash(), IsOkAndHolds(expected));
  folder_.Write("other.gguf", GgufBuilder().Bytes());
  EXPECT_THAT(Checkpoint::Open(folder_.path()),
              FailsWith(ErrorCode::kInvalidArgument, "several GGUF files"));
  EXPECT_THAT(Checkpoint::Open(First()), IsOk());
}

TEST_F(GgufPartsTest, AnotherPartNamesTheFirst) {
  EXPECT_THAT(
      GgufFile::Open(Second()),
      FailsWith(ErrorCode::kInvalidArgument, "is part 2 of 2; give the first part: " + First()));
}

TEST_F(GgufPartsTest, MissingPart) {
  std::filesystem::remove(Second());
  EXPECT_THAT(GgufFile::Open(First()),
              FailsWith(ErrorCode::kNotFound, "part 2 of 2 is missing: looked for " + Second()));
}

TEST_F(GgufPartsTest, NameWithoutThePattern) {
  const std::string bytes = Part{.number = 0, .tensor = "a"}.Bytes();
  for (const char* name : {"m.gguf", "m-00001-of-00003.gguf", "m-00002-of-00002.gguf",
                           "m-1-of-2.gguf", "m-+0001-of-00002.gguf"}) {
    EXPECT_THAT(GgufFile::Open(folder_.Write(name, bytes)),
                FailsWith(ErrorCode::kInvalidArgument, "does not end in -00001-of-00002.gguf"))
        << name;
  }
}

TEST_F(GgufPartsTest, CountsThatDisagree) {
  folder_.Write("m-00002-of-00002.gguf", Part{.number = 1, .count = 3, .tensor = "b"}.Bytes());
  ExpectSecondRefused("\"split.count\" is 3, but 2 in the first part");
  folder_.Write("m-00002-of-00002.gguf",
                Part{.number = 1, .num_tensors = 9, .tensor = "b"}.Bytes());
  ExpectSecondRefused("\"split.tensors.count\" is 9, but 2 in the first part");
}

TEST_F(GgufPartsTest, PartOfAnotherPlace) {
  folder_.Write("m-00002-of-00002.gguf", Part{.number = 0, .tensor = "b"}.Bytes());
  ExpectSecondRefused("\"split.no\" is 0; by its name it should be 1");
}

TEST_F(GgufPartsTest, PartWithoutKeys) {
  folder_.Write("m-00002-of-00002.gguf", GgufBuilder().Bytes());
  ExpectSecondRefused("its metadata key \"split.count\" is missing");
  GgufBuilder builder;
  builder.Key("split.count", 2, LittleEndian<uint16_t>(2));
  EXPECT_THAT(GgufFile::Open(folder_.Write("n-00001-of-00002.gguf", builder.Bytes())),
              FailsWith(ErrorCode::kBadFormat, "key \"split.no\" is missing"));
  builder.Key("split.no", 2, LittleEndian<uint16_t>(0));
  EXPECT_THAT(GgufFile::Open(folder_.Write("n-00001-of-00002.gguf", builder.Bytes())),
              FailsWith(ErrorCode::kBadFormat, "key \"split.tensors.count\" is missing"));
}

TEST_F(GgufPartsTest, KeysWithoutSense) {
  const auto with = [&](int32_t number, int32_t count) {
    GgufBuilder builder;
    builder.Key("split.no", 5, LittleEndian(number))
        .Key("split.count", 5, LittleEndian(count))
        .Key("split.tensors.count", 5, LittleEndian(0));
    return GgufFile::Open(folder_.Write("n-00001-of-00002.gguf", builder.Bytes()));
  };
  EXPECT_THAT(with(2, 2), FailsWith(ErrorCode::kBadFormat, "expected 0 <= no < count"));
  EXPECT_THAT(with(-1, 2), FailsWith(ErrorCode::kBadFormat, "expected 0 <= no < count"));
  EXPECT_THAT(with(0, -2), FailsWith(ErrorCode::kBadFormat, "expected 0 <= no < count"));
  EXPECT_THAT(with(0, 65536), FailsWith(ErrorCode::kBadFormat, "<= 65535"));
  EXPECT_THAT(with(0, 1), IsOk());
  EXPECT_THAT(with(0, 0), IsOk()) << "parts that were joined again";
  GgufBuilder text;
  text.Key("split.count", 8, GgufBuilder::String("2"));
  EXPECT_THAT(GgufFile::Open(folder_.Write("n-00001-of-00002.gguf", text.Bytes())),
              FailsWith(ErrorCode::kBadFormat, "\"split.count\" must be an integer"));
}

TEST_F(GgufPartsTest, ATensorInTwoParts) {
  folder_.Write("m-00002-of-00002.gguf", Part{.number = 1, .tensor = "a"}.Bytes());
  ExpectSecondRefused("tensor \"a\" is also in " + First());
}

TEST_F(GgufPartsTest, NumberOfTensors) {
  for (const uint16_t number : {0, 1}) {
    const Part part = {.number = number, .num_tensors = 3, .tensor = number == 0 ? "a" : "b"};
    folder_.Write(number == 0 ? "m-00001-of-00002.gguf" : "m-00002-of-00002.gguf", part.Bytes());
  }
  EXPECT_THAT(GgufFile::Open(First()),
              FailsWith(ErrorCode::kBadFormat,
                        "\"split.tensors.count\" says 3 tensors, but the 2 parts have 2"));
}

TEST_F(GgufPartsTest, AlignmentOfTheFirstPartAlone) {
  GgufBuilder first = Part{.number = 0, .tensor = "a"}.Builder();
  first.Key("general.alignment", 4, LittleEndian<uint32_t>(64)).alignment = 64;
  folder_.Write("m-00001-of-00002.gguf", first.Bytes());
  ExpectSecondRefused("\"general.alignment\" is 64 in the first part and absent here",
                      ErrorCode::kUnsupported);
  GgufBuilder second = Part{.number = 1, .tensor = "b"}.Builder();
  second.Key("general.alignment", 4, LittleEndian<uint32_t>(128)).alignment = 128;
  folder_.Write("m-00002-of-00002.gguf", second.Bytes());
  auto file = GgufFile::Open(First());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ReadAsF32(*(*file)->Find("b"))->data()[0], 2.0F);
}

TEST_F(GgufPartsTest, PartThatIsNoGguf) {
  folder_.Write("m-00002-of-00002.gguf", "GGML");
  ExpectSecondRefused("begin with \"GGUF\"");
}

TEST_F(GgufPartsTest, OneBufferIsReadAsItIs) {
  const std::string bytes = Part{.number = 1, .tensor = "b"}.Bytes();
  auto file = GgufFile::Parse(AsBytes(bytes), "memory");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ((*file)->entries().size(), 1U);
}

// The same model in one file, and split by the `gguf` Python package (tools/make_split_fixture.py).
TEST(GgufSplitFixtureTest, EqualsTheModelInOneFile) {
  auto whole = GgufFile::Open(FAIRPRUNE_TESTDATA "/models/gguf/llama-f32.gguf");
  auto parts = Checkpoint::Open(FAIRPRUNE_TESTDATA "/models/gguf_split");
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(parts, IsOk());
  EXPECT_EQ(parts->tensors().files().size(), 3U);
  ASSERT_EQ(parts->tensors().entries().size(), (*whole)->entries().size());
  for (const TensorEntry& entry : (*whole)->entries()) {
    const TensorEntry* other = parts->tensors().Find(entry.name);
    ASSERT_NE(other, nullptr) << entry.name;
    EXPECT_EQ(other->dtype, entry.dtype);
    EXPECT_EQ(other->shape, entry.shape);
    EXPECT_TRUE(std::equal(entry.bytes.begin(), entry.bytes.end(), other->bytes.begin(),
                           other->bytes.end()))
        << entry.name;
  }
  for (const auto& [key, value] : (*whole)->metadata()) {
    ASSERT_TRUE(parts->gguf()->Has(key)) << key;
    EXPECT_EQ(parts->gguf()->metadata().at(key), value) << key;
  }
}

}  // namespace
}  // namespace fairprune
