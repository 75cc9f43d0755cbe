#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "base/result_matchers.h"
#include "checkpoint/gguf.h"

namespace fairprune {
namespace {

TensorEntry Entry(DType dtype, Shape shape, std::span<const std::byte> bytes) {
  return {"t", dtype, std::move(shape), bytes, 0};
}

// The bits that the `gguf` Python package gives (tools/make_quant_fixtures.py).
class FixtureTest : public ::testing::TestWithParam<std::string> {};

TEST_P(FixtureTest, EqualsTheReferenceBitForBit) {
  auto file = GgufFile::Open(FAIRPRUNE_TESTDATA "/quants.gguf");
  ASSERT_THAT(file, IsOk());
  const TensorEntry* stored = (*file)->Find(GetParam());
  const TensorEntry* expected = (*file)->Find(GetParam() + ".expected");
  ASSERT_NE(stored, nullptr);
  ASSERT_NE(expected, nullptr);
  EXPECT_EQ(NameOf(stored->dtype), GetParam());
  ASSERT_EQ(stored->shape, expected->shape);
  auto actual_values = ReadAsF32(*stored);
  auto expected_values = ReadAsF32(*expected);
  ASSERT_THAT(actual_values, IsOk());
  ASSERT_THAT(expected_values, IsOk());
  for (int64_t i = 0; i < actual_values->size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(actual_values->data()[i]),
              std::bit_cast<uint32_t>(expected_values->data()[i]))
        << "element " << i << ": " << actual_values->data()[i] << " against "
        << expected_values->data()[i];
  }
}

TEST_P(FixtureTest, ARangeOfBlocksEqualsItsPartOfTheWhole) {
  auto file = GgufFile::Open(FAIRPRUNE_TESTDATA "/quants.gguf");
  ASSERT_THAT(file, IsOk());
  const TensorEntry& entry = *(*file)->Find(GetParam());
  auto whole = ReadAsF32(entry);
  ASSERT_THAT(whole, IsOk());
  const int64_t block = LayoutOf(entry.dtype).elements;
  Tensor part(Shape{2 * block});
  ASSERT_THAT(ReadAsF32(entry, block, part.span()), IsOk());
  for (int64_t i = 0; i < part.size(); ++i) {
    ASSERT_EQ(part.data()[i], whole->data()[block + i]);
  }
  if (block > 1) {
    EXPECT_THAT(ReadAsF32(entry, 1, part.span()),
                FailsWith(ErrorCode::kInvalidArgument, "whole blocks"));
  }
}

INSTANTIATE_TEST_SUITE_P(Types, FixtureTest,
                         ::testing::Values("F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0",
                                           "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
                                           "IQ4_XS"),
                         [](const auto& test) { return test.param; });

TEST(ReadAsF32Test, F16LoopEqualsTheScalarConversion) {
  std::vector<uint16_t> bits(65536);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  auto values = ReadAsF32(Entry(DType::kF16, {65536}, std::as_bytes(std::span(bits))));
  ASSERT_THAT(values, IsOk());
  for (size_t i = 0; i < bits.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(values->data()[i]),
              std::bit_cast<uint32_t>(F16ToF32(bits[i])))
        << i;
  }
}

TEST(ReadAsF32Test, NarrowsF64AndReadsUnalignedBytes) {
  std::byte storage[17] = {};
  const double values[2] = {0.1, -3.0};
  std::memcpy(storage + 1, values, sizeof(values));
  auto tensor = ReadAsF32(Entry(DType::kF64, {2}, std::span(storage).subspan(1)));
  ASSERT_THAT(tensor, IsOk());
  EXPECT_EQ(tensor->data()[0], 0.1F);
  EXPECT_EQ(tensor->data()[1], -3.0F);
}

TEST(ReadAsF32Test, RefusesByName) {
  const std::byte bytes[4] = {};
  for (const DType dtype : {DType::kF8E4M3, DType::kF8E5M2, DType::kI8, DType::kBool}) {
    EXPECT_THAT(ReadAsF32(Entry(dtype, {4}, bytes)),
                FailsWith(ErrorCode::kUnsupported, std::string(NameOf(dtype))));
  }
}

TEST(ReadAsF32Test, ChecksRangesAndBytes) {
  const float values[4] = {1, 2, 3, 4};
  const TensorEntry entry = Entry(DType::kF32, {4}, std::as_bytes(std::span(values)));
  float out[4] = {};
  EXPECT_THAT(ReadAsF32(entry, 1, std::span(out, 3)), IsOk());
  EXPECT_EQ(out[0], 2.0F);
  EXPECT_THAT(ReadAsF32(entry, 2, std::span(out, 3)),
              FailsWith(ErrorCode::kInvalidArgument, "[2, 5)"));
  EXPECT_THAT(ReadAsF32(entry, -1, std::span(out, 1)),
              FailsWith(ErrorCode::kInvalidArgument, "[-1, 0)"));
  EXPECT_THAT(ReadAsF32(Entry(DType::kF32, {5}, entry.bytes)),
              FailsWith(ErrorCode::kInvalidArgument, "do not fit [5]"));
}

TEST(ReadAsF32Test, EmptyAndScalar) {
  const float value = 7;
  auto scalar = ReadAsF32(Entry(DType::kF32, {}, std::as_bytes(std::span(&value, 1))));
  ASSERT_THAT(scalar, IsOk());
  EXPECT_EQ(scalar->data()[0], 7.0F);
  auto empty = ReadAsF32(Entry(DType::kF32, {0, 3}, {}));
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->size(), 0);
}

}  // namespace
}  // namespace fairprune
