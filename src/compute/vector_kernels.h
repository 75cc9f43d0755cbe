// Elementary functions as branchless f32 code that loops over rows are vectorised with. Internal to
// this room.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

// One copy of each kernel per CPU level, chosen when the program starts. Sanitizers and function
// multiversioning do not go together.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(FAIRPRUNE_SANITIZED)
#define FP_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FP_KERNEL
#endif

namespace fairprune::compute {

// exp(x) as a product: 2^n * exp(r), |r| <= ln(2)/2, exp(r) by its Taylor polynomial to the 7th
// power (truncation below 2e-8 relative). ln(2) is split in two so that r is exact to f32. x is
// first brought into [-87.3, 88.7]: no branch, no denormal numbers, no infinity.
struct ExpFactors {
  float value, power_of_two;
};
inline ExpFactors ExpFactorsKernel(float x) {
  constexpr float kLog2e = 1.44269504088896341F;
  constexpr float kLn2High = 0.693359375F;
  constexpr float kLn2Low = -2.12194440e-4F;
  const float above = x < -87.3F ? -87.3F : x;
  const float clamped = above > 88.7F ? 88.7F : above;
  const float n = std::floor(clamped * kLog2e + 0.5F);
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  float p = 1.0F / 5040.0F;
  p = p * r + 1.0F / 720.0F;
  p = p * r + 1.0F / 120.0F;
  p = p * r + 1.0F / 24.0F;
  p = p * r + 1.0F / 6.0F;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  // Two steps, so that 2^128 (x near 88.7) does not overflow the exponent field.
  const auto whole = static_cast<int32_t>(n);
  const int32_t half = whole >> 1;
  const float scale_1 = std::bit_cast<float>((half + 127) << 23);
  const float scale_2 = std::bit_cast<float>((whole - half + 127) << 23);
  return {p * scale_1, scale_2};
}

inline float ExpKernel(float x) {
  const auto [value, power_of_two] = ExpFactorsKernel(x);
  return value * power_of_two;
}

// a / b for b in [2^-125, 2^125), to the bit what the division gives where products and sums are
// fused (but for some b whose mantissa is all ones, and where a or a / b is denormal): four steps
// of Newton's iteration for 1 / b, then Markstein's correction of the quotient. Where the
// processor's division of vectors was slow, SiluRow took 5.0 ns an element with it, and 0.8 so.
inline float QuotientKernel(float a, float b) {
  // Subtracting from this makes the exponent its opposite, and the mantissa right within 13 %.
  constexpr int32_t kOpposite = 0x7EF311C7;
  float r = std::bit_cast<float>(kOpposite - std::bit_cast<int32_t>(b));
  r = r + r * (1.0F - b * r);
  r = r + r * (1.0F - b * r);
  r = r + r * (1.0F - b * r);
  r = r + r * (1.0F - b * r);
  const float quotient = a * r;
  return quotient + r * (a - b * quotient);
}

// x / (1 + exp(y)); both are scaled, exactly, so that neither the divisor nor its reciprocal comes
// near the ends of the range, and the exponential is never alone, so that it is fused with the sum:
// denormal numbers take a hundred cycles.
inline float OverOnePlusExpKernel(float x, float y) {
  constexpr float kScale = 1.0F / 64;
  const auto [value, power_of_two] = ExpFactorsKernel(y);
  return QuotientKernel(kScale * x, kScale + value * (kScale * power_of_two));
}

// tanh(x) within 3e-7 relative: an odd polynomial near 0, else 1 - 2 / (exp(2 |x|) + 1).
// tools/fit_kernel_polynomials.py gives the coefficients.
inline float TanhKernel(float x) {
  const float size = std::fabs(x);
  const float square = x * x;
  float p = -5.65998481e-3F;
  p = p * square + 2.05909842e-2F;
  p = p * square - 5.37210666e-2F;
  p = p * square + 1.33311275e-1F;
  p = p * square - 3.33332605e-1F;
  const float near = size + size * square * p;
  const float far = 1.0F - OverOnePlusExpKernel(2.0F, 2.0F * size);
  return std::copysign(size < 0.625F ? near : far, x);
}

// The normal distribution function, (1 + erf(x / sqrt(2))) / 2, as half of
// erfc(z) = t P(t) exp(-z^2), z = |x| / sqrt(2), t = 1 / (1 + z / 2), or 1 minus it.
// tools/fit_kernel_polynomials.py gives the coefficients.
inline float NormalCdfKernel(float x) {
  constexpr float kHalfRootHalf = 0.353553391F;  // z / 2 of |x| = 1
  const float t = QuotientKernel(1.0F, 1.0F + kHalfRootHalf * std::fabs(x));
  float p = 1.38520468e-2F;
  p = p * t - 1.31616598e-1F;
  p = p * t + 4.48174230e-1F;
  p = p * t - 6.95050725e-1F;
  p = p * t + 4.41483569e-1F;
  p = p * t - 1.08793917e-1F;
  p = p * t + 2.29018077e-1F;
  p = p * t + 2.37934874e-1F;
  p = p * t + 2.82937822e-1F;
  p = p * t + 2.82060604e-1F;
  const float tail = 0.5F * t * p * ExpKernel(-0.5F * x * x);
  return x < 0.0F ? tail : 1.0F - tail;
}

// One head of ApplyRope with RopeRounding::kEachProduct.
void RotateHeadRounded(const float* cos, const float* sin, float* low, float* high, int64_t n);

}  // namespace fairprune::compute
