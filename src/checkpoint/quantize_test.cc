#include "checkpoint/quantize.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/result_matchers.h"
#include "checkpoint/gguf.h"

namespace fairprune {
namespace {

// The bytes that the `gguf` Python package gives (tools/make_quantize_fixtures.py).
class QuantizeTest : public ::testing::TestWithParam<std::string> {};

TEST_P(QuantizeTest, EqualsTheReferenceByteForByte) {
  const auto file = GgufFile::Open(FAIRPRUNE_TESTDATA "/quantized.gguf");
  ASSERT_THAT(file, IsOk());
  const TensorEntry* expected = (*file)->Find(GetParam());
  ASSERT_NE(expected, nullptr);
  EXPECT_EQ(NameOf(expected->dtype), GetParam());
  const auto values = ReadAsF32(*(*file)->Find("values"));
  ASSERT_THAT(values, IsOk());
  ASSERT_EQ(expected->shape, values->shape());
  const size_t row_bytes = expected->bytes.size() / static_cast<size_t>(expected->shape[0]);
  std::vector<std::byte> row(row_bytes);
  for (int64_t i = 0; i < expected->shape[0]; ++i) {
    ASSERT_THAT(Quantize(values->matrix().row_span(i), expected->dtype, "values", row.data()),
                IsOk());
    EXPECT_EQ(std::memcmp(row.data(), expected->bytes.data() + static_cast<size_t>(i) * row_bytes,
                          row_bytes),
              0)
        << "row " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, QuantizeTest,
                         ::testing::Values("F16", "BF16", "Q8_0", "Q4_0", "Q4_1"),
                         [](const auto& test) { return test.param; });

TEST(Quantize, SeveralBlocksAreOneAfterAnother) {
  std::vector<float> values(64);
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  std::vector<std::byte> both(68), first(34), second(34);
  ASSERT_THAT(Quantize(values, DType::kQ8_0, "w", both.data()), IsOk());
  ASSERT_THAT(Quantize(std::span(values).first(32), DType::kQ8_0, "w", first.data()), IsOk());
  ASSERT_THAT(Quantize(std::span(values).last(32), DType::kQ8_0, "w", second.data()), IsOk());
  EXPECT_EQ(std::memcmp(both.data(), first.data(), 34), 0);
  EXPECT_EQ(std::memcmp(both.data() + 34, second.data(), 34), 0);
}

TEST(Quantize, RefusesWhatTheTypeCannotHold) {
  std::vector<std::byte> out(256);
  std::vector<float> values(32, 1.0f);
  const auto with = [&](float value, DType dtype) {
    values[5] = value;
    return Quantize(values, dtype, "w", out.data());
  };
  for (const DType dtype : {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1}) {
    for (const float bad : {std::nanf(""), INFINITY, -INFINITY, 1e6f})
      EXPECT_THAT(with(bad, dtype), FailsWith(ErrorCode::kInvalidArgument, "tensor w"));
    EXPECT_THAT(with(65504.0f, dtype), IsOk());
  }
  EXPECT_THAT(with(1e6f, DType::kF16), FailsWith(ErrorCode::kInvalidArgument, "float16"));
  EXPECT_THAT(with(1e6f, DType::kBF16), IsOk());
  EXPECT_THAT(with(1.0f, DType::kQ4_K), FailsWith(ErrorCode::kUnsupported, "Q4_K"));
  EXPECT_THAT(Quantize(std::span<const float>(values).first(31), DType::kQ4_0, "w", out.data()),
              FailsWith(ErrorCode::kInvalidArgument, "whole blocks"));
}

}  // namespace
}  // namespace fairprune
