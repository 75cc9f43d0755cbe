#include "checkpoint/gguf.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "checkpoint/test_files.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

using File = Result<std::unique_ptr<GgufFile>>;

File ParseText(const std::string& bytes) { return GgufFile::Parse(AsBytes(bytes), "m.gguf"); }

// Refused, naming the file.
void ExpectBad(const std::string& bytes, const std::string& message,
               ErrorCode code = ErrorCode::kBadFormat) {
  const File file = ParseText(bytes);
  EXPECT_THAT(file, FailsWith(code, message));
  EXPECT_THAT(file, FailsWith(code, "m.gguf")) << "names the file";
}

std::string Array(uint32_t type, uint64_t count, const std::string& values) {
  return LittleEndian(type) + LittleEndian(count) + values;
}

GgufBuilder OneTensor() {
  GgufBuilder builder;
  builder.TensorInfo("t", {2, 3}, 0, 0);
  builder.data = std::string(24, '\0');
  return builder;
}

TEST(GgufTest, ReadsEveryMetadataType) {
  GgufBuilder builder;
  builder.Key("u8", 0, LittleEndian<uint8_t>(200))
      .Key("i8", 1, LittleEndian<int8_t>(-3))
      .Key("u16", 2, LittleEndian<uint16_t>(60000))
      .Key("i16", 3, LittleEndian<int16_t>(-300))
      .Key("u32", 4, LittleEndian<uint32_t>(4000000000U))
      .Key("i32", 5, LittleEndian<int32_t>(-70000))
      .Key("f32", 6, LittleEndian<float>(0.5F))
      .Key("bool", 7, LittleEndian<uint8_t>(1))
      .Key("string", 8, GgufBuilder::String("text"))
      .Key("u64", 10, LittleEndian<uint64_t>(INT64_MAX))
      .Key("i64", 11, LittleEndian<int64_t>(INT64_MIN))
      .Key("f64", 12, LittleEndian<double>(0.1))
      .Key("bools", 9, Array(7, 2, std::string("\x01\x00", 2)))
      .Key("ints", 9, Array(3, 2, LittleEndian<int16_t>(-1) + LittleEndian<int16_t>(2)))
      .Key("floats", 9, Array(6, 1, LittleEndian<float>(0.25F)))
      .Key("strings", 9, Array(8, 2, GgufBuilder::String("a") + GgufBuilder::String("")))
      .Key("none", 9, Array(8, 0, ""));
  for (const uint32_t version : {2U, 3U}) {
    builder.version = version;
    const std::string bytes = builder.Bytes();
    const File file = ParseText(bytes);
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ((*file)->version(), static_cast<int>(version));
    EXPECT_THAT((*file)->Int("u8"), IsOkAndHolds(200));
    EXPECT_THAT((*file)->Int("i8"), IsOkAndHolds(-3));
    EXPECT_THAT((*file)->Int("u16"), IsOkAndHolds(60000));
    EXPECT_THAT((*file)->Int("i16"), IsOkAndHolds(-300));
    EXPECT_THAT((*file)->Int("u32"), IsOkAndHolds(4000000000));
    EXPECT_THAT((*file)->Int("i32"), IsOkAndHolds(-70000));
    EXPECT_THAT((*file)->Int("u64"), IsOkAndHolds(INT64_MAX));
    EXPECT_THAT((*file)->Int("i64"), IsOkAndHolds(INT64_MIN));
    EXPECT_THAT((*file)->Double("f32"), IsOkAndHolds(0.5));
    EXPECT_THAT((*file)->Double("f64"), IsOkAndHolds(0.1));
    EXPECT_THAT((*file)->Double("i8"), IsOkAndHolds(-3.0));
    EXPECT_THAT((*file)->String("string"), IsOkAndHolds(std::string("text")));
    const auto& metadata = (*file)->metadata();
    EXPECT_TRUE(std::get<bool>(metadata.at("bool")));
    EXPECT_EQ(std::get<std::vector<bool>>(metadata.at("bools")), (std::vector<bool>{true, false}));
    EXPECT_EQ(std::get<std::vector<int64_t>>(metadata.at("ints")), (std::vector<int64_t>{-1, 2}));
    EXPECT_EQ(std::get<std::vector<double>>(metadata.at("floats")), std::vector<double>{0.25});
    EXPECT_EQ(std::get<std::vector<std::string_view>>(metadata.at("strings")),
              (std::vector<std::string_view>{"a", ""}));
    EXPECT_TRUE(std::get<std::vector<std::string_view>>(metadata.at("none")).empty());
  }
}

TEST(GgufTest, TypedAccessNamesFileAndKey) {
  GgufBuilder builder;
  const std::string bytes = builder.Key("s", 8, GgufBuilder::String("x")).Bytes();
  const File file = ParseText(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_TRUE((*file)->Has("s"));
  EXPECT_FALSE((*file)->Has("x"));
  EXPECT_THAT((*file)->Int("x"), FailsWith(ErrorCode::kNotFound, "m.gguf: the metadata key \"x\""));
  EXPECT_THAT((*file)->Int("s"), FailsWith(ErrorCode::kBadFormat, "\"s\" must be an integer"));
  EXPECT_THAT((*file)->Double("s"), FailsWith(ErrorCode::kBadFormat, "a number"));
}

TEST(GgufTest, ReadsTensorsWithTheirExtentsTurnedRound) {
  GgufBuilder builder = OneTensor();
  builder.TensorInfo("q", {32, 2}, 8, 32).TensorInfo("scalar", {}, 0, 128);
  builder.data = std::string(132, '\0');
  const std::string bytes = builder.Bytes();
  const File file = ParseText(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ((*file)->Find("t")->shape, (Shape{3, 2}));
  EXPECT_EQ((*file)->Find("q")->dtype, DType::kQ8_0);
  EXPECT_EQ((*file)->Find("q")->bytes.size(), 68U);
  EXPECT_EQ((*file)->Find("scalar")->shape, Shape{});
  EXPECT_EQ((*file)->Find("none"), nullptr);
  EXPECT_EQ((*file)->entries()[1].name, "q");
}

TEST(GgufTest, HonoursTheAlignmentKey) {
  GgufBuilder builder = OneTensor();
  builder.Key("general.alignment", 4, LittleEndian<uint32_t>(256));
  builder.alignment = 256;
  builder.data[3] = 'x';
  const std::string bytes = builder.Bytes();
  const File file = ParseText(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(std::to_integer<char>((*file)->Find("t")->bytes[3]), 'x');
  for (const uint32_t wrong : {0U, 24U, 0xC0000000U}) {
    GgufBuilder bad = OneTensor();
    ExpectBad(bad.Key("general.alignment", 4, LittleEndian(wrong)).Bytes(), "power of two");
  }
}

TEST(GgufTest, RefusesOtherFilesAndVersions) {
  ExpectBad("", "the magic number needs 4 bytes");
  ExpectBad("GGML1234", "begin with \"GGUF\"");
  GgufBuilder builder;
  builder.version = 1;
  ExpectBad(builder.Bytes(), "version 1", ErrorCode::kUnsupported);
  builder.version = 4;
  ExpectBad(builder.Bytes(), "version 4", ErrorCode::kUnsupported);
  builder.version = 0x03000000;
  ExpectBad(builder.Bytes(), "big-endian", ErrorCode::kUnsupported);
}

TEST(GgufTest, RefusesImpossibleCounts) {
  GgufBuilder builder;
  builder.num_tensors = UINT64_MAX;
  ExpectBad(builder.Bytes(), "the number of tensors says");
  builder.num_tensors = 0;
  builder.num_keys = UINT64_MAX / 13;
  ExpectBad(builder.Bytes(), "the number of metadata keys says");
  for (const uint32_t type : {0U, 4U, 8U, 12U}) {
    GgufBuilder array;
    ExpectBad(array.Key("k", 9, Array(type, uint64_t{1} << 61, "")).Bytes(), "k says");
  }
  GgufBuilder text;
  ExpectBad(text.Key("k", 8, LittleEndian<uint64_t>(UINT64_MAX)).Bytes(), "k needs");
}

TEST(GgufTest, RefusesBadMetadata) {
  ExpectBad(GgufBuilder().Key("k", 13, "12345678").Bytes(), "key \"k\": there is no value type 13");
  ExpectBad(GgufBuilder().Key("k", 7, "\x02").Bytes(), "key \"k\": a boolean must be 0 or 1");
  ExpectBad(GgufBuilder().Key("k", 10, LittleEndian<uint64_t>(UINT64_MAX)).Bytes(), "key \"k\"");
  ExpectBad(GgufBuilder().Key("", 4, "12345678").Bytes(), "a metadata key has 0 bytes");
  ExpectBad(GgufBuilder().Key(std::string(65536, 'k'), 0, "1").Bytes(), "has 65536 bytes");
  ExpectBad(GgufBuilder().Key("k", 0, "1").Key("k", 0, "1").Bytes(), "\"k\" appears twice");
  ExpectBad(GgufBuilder().Key("k", 9, Array(9, 0, "")).Bytes(), "arrays of arrays",
            ErrorCode::kUnsupported);
}

TEST(GgufTest, RefusesBadTensors) {
  const auto with = [](const std::vector<uint64_t>& extents, uint32_t type, uint64_t offset) {
    GgufBuilder builder;
    builder.TensorInfo("t", extents, type, offset);
    builder.data = std::string(64, '\0');
    return builder.Bytes();
  };
  ExpectBad(with({1, 1, 1, 1, 1}, 0, 0), "tensor \"t\": expected at most 4 extents, found 5");
  ExpectBad(with({UINT64_MAX}, 0, 0), "tensor \"t\": the extent");
  ExpectBad(with({1ULL << 62, 4}, 0, 0), "overflows");
  ExpectBad(with({1ULL << 62}, 0, 0), "overflows");
  ExpectBad(with({0, 1ULL << 62, 1ULL << 62}, 0, 0), "overflows");
  ExpectBad(with({33}, 8, 0), "rows of 33 elements are not whole blocks of Q8_0");
  ExpectBad(with({256}, 16, 0), "tensor \"t\": type IQ2_XXS is not supported",
            ErrorCode::kUnsupported);
  ExpectBad(with({256}, 99, 0), "no tensor type number 99");
  ExpectBad(with({1}, 0, 4), "offset 4 is not a multiple of 32");
  ExpectBad(with({1}, 0, 96), "end after the 64 bytes");
  ExpectBad(with({17}, 0, 0), "68 bytes at offset 0");
  ExpectBad(with({1}, 0, UINT64_MAX - 31), "end after");
}

// Types of ggml that this program cannot dequantise, by their numbers.
TEST(GgufTest, RefusesOtherTensorTypesByName) {
  const std::pair<uint32_t, const char*> refused[] = {
      {4, "Q4_2"},    {5, "Q4_3"},        {9, "Q8_1"},        {15, "Q8_K"},       {16, "IQ2_XXS"},
      {17, "IQ2_XS"}, {18, "IQ3_XXS"},    {19, "IQ1_S"},      {21, "IQ3_S"},      {22, "IQ2_S"},
      {29, "IQ1_M"},  {31, "Q4_0_4_4"},   {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"},   {34, "TQ1_0"},
      {35, "TQ2_0"},  {36, "IQ4_NL_4_4"}, {37, "IQ4_NL_4_8"}, {38, "IQ4_NL_8_8"}, {39, "MXFP4"},
      {40, "NVFP4"},  {41, "Q1_0"}};
  for (const auto& [type, name] : refused) {
    GgufBuilder builder;
    builder.TensorInfo("t", {256}, type, 0);
    ExpectBad(builder.Bytes(), fmt::format("tensor \"t\": type {} is not supported", name),
              ErrorCode::kUnsupported);
  }
  for (const uint32_t type : {42U, 1000U, UINT32_MAX}) {
    GgufBuilder builder;
    builder.TensorInfo("t", {256}, type, 0);
    ExpectBad(builder.Bytes(), fmt::format("no tensor type number {}", type));
  }
}

// A file may carry tensors of these types; no weight can be one.
TEST(GgufTest, IntegersOpenAndAreRefusedByNameWhenRead) {
  const std::pair<uint32_t, const char*> integers[] = {
      {24, "I8"}, {25, "I16"}, {26, "I32"}, {27, "I64"}};
  for (const auto& [type, name] : integers) {
    GgufBuilder builder;
    builder.TensorInfo("t", {4}, type, 0);
    builder.data = std::string(32, '\0');
    const std::string bytes = builder.Bytes();
    const File file = ParseText(bytes);
    ASSERT_THAT(file, IsOk()) << name;
    EXPECT_THAT(ReadAsF32(*(*file)->Find("t")),
                FailsWith(ErrorCode::kUnsupported, fmt::format("values of type {} ", name)));
  }
}

TEST(GgufTest, RefusesOverlapAndDuplicates) {
  GgufBuilder builder = OneTensor();
  builder.TensorInfo("u", {1}, 0, 0);
  ExpectBad(builder.Bytes(), "tensors \"t\" and \"u\" overlap");
  builder = OneTensor();
  builder.TensorInfo("t", {1}, 0, 32);
  builder.data = std::string(64, '\0');
  ExpectBad(builder.Bytes(), "two tensors named \"t\"");
}

TEST(GgufTest, EveryTruncationIsAnErrorNotACrash) {
  GgufBuilder builder = OneTensor();
  builder.Key("strings", 9, Array(8, 2, GgufBuilder::String("a") + GgufBuilder::String("b")))
      .Key("f", 12, LittleEndian(1.0));
  const std::string bytes = builder.Bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseText(bytes.substr(0, size)).has_value()) << size;
  }
}

TEST(GgufTest, ReadsAFileOfThePythonPackage) {
  auto file = GgufFile::Open(FAIRPRUNE_TESTDATA "/quants.gguf");
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT((*file)->String("fixture.string"), IsOkAndHolds(std::string("Größe")));
  EXPECT_EQ(std::get<std::vector<int64_t>>((*file)->metadata().at("fixture.ints")),
            (std::vector<int64_t>{1, -2, 3}));
  EXPECT_EQ((*file)->Find("Q4_K")->shape, (Shape{6, 256}));
}

}  // namespace
}  // namespace fairprune
