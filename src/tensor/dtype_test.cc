#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace fairprune {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The compiler's own binary16, as the reference.
#if defined(__FLT16_MANT_DIG__)
using Half = _Float16;

TEST(F16Test, EveryPatternWidensAsTheCompilerDoes) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const auto bits = static_cast<uint16_t>(pattern);
    const float expected = static_cast<float>(std::bit_cast<Half>(bits));
    const float actual = F16ToF32(bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(actual)) << pattern;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(actual), std::bit_cast<uint32_t>(expected)) << pattern;
    }
  }
}

TEST(F16Test, NarrowsAsTheCompilerDoes) {
  const auto check = [](float value) {
    const uint16_t expected = std::bit_cast<uint16_t>(static_cast<Half>(value));
    ASSERT_EQ(F32ToF16(value), expected) << value;
  };
  // Around each pair of neighbouring halves: the tie, and the floats just beside it.
  for (uint32_t pattern = 0; pattern < 0x7C00; ++pattern) {
    const float low = F16ToF32(static_cast<uint16_t>(pattern));
    const float high = pattern == 0x7BFF ? 65536.0F : F16ToF32(static_cast<uint16_t>(pattern + 1));
    const float tie = low + (high - low) / 2;
    for (const float value :
         {low, tie, std::nextafter(tie, 0.0F), std::nextafter(tie, kInfinity)}) {
      check(value);
      check(-value);
    }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 1000000; ++i) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isnan(value)) check(value);
  }
}
#endif

TEST(F16Test, RoundTripsEveryNumber) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const auto bits = static_cast<uint16_t>(pattern);
    const float value = F16ToF32(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(F16ToF32(F32ToF16(value)))) << pattern;
    } else {
      EXPECT_EQ(F32ToF16(value), bits);
    }
  }
}

TEST(F16Test, OverflowsToInfinity) {
  EXPECT_EQ(F32ToF16(65504.0F), 0x7BFF);
  EXPECT_EQ(F32ToF16(65519.996F), 0x7BFF);
  EXPECT_EQ(F32ToF16(65520.0F), 0x7C00);
  EXPECT_EQ(F32ToF16(-1e30F), 0xFC00);
  EXPECT_EQ(F32ToF16(kInfinity), 0x7C00);
}

TEST(Bf16Test, RoundsToNearestEven) {
  EXPECT_EQ(F32ToBf16(1.0F), 0x3F80);
  EXPECT_EQ(F32ToBf16(std::bit_cast<float>(0x3F808000U)), 0x3F80);  // tie, even below
  EXPECT_EQ(F32ToBf16(std::bit_cast<float>(0x3F818000U)), 0x3F82);  // tie, even above
  EXPECT_EQ(F32ToBf16(std::bit_cast<float>(0x3F808001U)), 0x3F81);
  EXPECT_EQ(F32ToBf16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(F32ToBf16(-0.0F), 0x8000);
}

TEST(Bf16Test, RoundTripsEveryPattern) {
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const float value = Bf16ToF32(static_cast<uint16_t>(pattern));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(Bf16ToF32(F32ToBf16(value)))) << pattern;
    } else {
      EXPECT_EQ(F32ToBf16(value), pattern);
    }
  }
}

TEST(Bf16Test, NanWithLowBitsOnlyStaysNan) {
  EXPECT_TRUE(std::isnan(Bf16ToF32(F32ToBf16(std::bit_cast<float>(0x7F800001U)))));
}

TEST(DTypeTest, LayoutsAndNames) {
  EXPECT_EQ(LayoutOf(DType::kF32).bytes, 4);
  EXPECT_EQ(LayoutOf(DType::kQ4_1).elements, 32);
  EXPECT_EQ(LayoutOf(DType::kQ4_1).bytes, 20);
  EXPECT_EQ(LayoutOf(DType::kQ6_K).bytes, 210);
  EXPECT_EQ(NameOf(DType::kBF16), "BF16");
  EXPECT_EQ(NameOf(DType::kF8E4M3), "F8_E4M3");
  EXPECT_EQ(NameOf(DType::kIQ4_XS), "IQ4_XS");
}

}  // namespace
}  // namespace fairprune
