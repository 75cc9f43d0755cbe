#include "compute/gates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "compute/random_for_test.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

constexpr GateFunction kFunctions[] = {GateFunction::kSilu, GateFunction::kGeluTanh,
                                       GateFunction::kGelu};

// The formulas as they are written.
double Exact(GateFunction function, double x) {
  constexpr double kPi = std::numbers::pi;
  switch (function) {
    case GateFunction::kSilu:
      return x / (1 + std::exp(-x));
    case GateFunction::kGeluTanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / kPi) * (x + 0.044715 * x * x * x)));
    case GateFunction::kGelu:
      return x / 2 * std::erfc(-x / std::numbers::sqrt2);
  }
  return NAN;
}

TEST(VectorKernelsTest, AQuotientIsThatOfTheDivision) {
  const std::vector<float> values = RandomVector(20000, 5, 1.0F);
  int equal = 0;
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    // Divisors over the whole range, from 2^-125 on.
    const float b = std::ldexp(1.0F + std::abs(values[i + 1]), static_cast<int>(i % 249) - 125);
    if (!(b < std::ldexp(1.0F, 125))) continue;
    const float a = values[i];
    const float exact = a / b;
    if (std::abs(exact) < 1e-30F || !std::isfinite(exact)) continue;
    const float found = QuotientKernel(a, b);
    EXPECT_NEAR(found, exact, 1.2e-7 * std::abs(exact)) << a << " / " << b;
    equal += found == exact ? 1 : 0;
  }
  // All of them where the processor fuses products and sums.
  EXPECT_GT(equal, 5000);
}

TEST(GatesTest, EqualTheirFormulasAndApplyTheMask) {
  // Around every vector width, so that tails and whole vectors are both met.
  for (const GateFunction function : kFunctions) {
    for (const int64_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 576}) {
      std::vector<float> gate = RandomVector(2 * n, 3, 4.0F);
      std::vector<float> up = RandomVector(2 * n, 4, 1.0F);
      std::vector<float> keep(static_cast<size_t>(n), 1.0F);
      keep[static_cast<size_t>(n / 2)] = 0.0F;
      std::vector<float> out(gate.size());
      GatedProduct(function, View(gate, 2, n), View(up, 2, n), keep, View(out, 2, n));
      for (int64_t i = 0; i < 2 * n; ++i) {
        const double expected = i % n == n / 2 ? 0.0 : Exact(function, gate[i]) * up[i];
        EXPECT_NEAR(out[i], expected, 1e-6 * std::abs(gate[i] * up[i])) << gate[i];
      }
    }
  }
}

TEST(GatesTest, AreCloseToTheirFormulasEverywhere) {
  for (const GateFunction function : kFunctions) {
    std::vector<float> gate;
    for (float x = -20.0F; x < 20.0F; x += 0.00137F) gate.push_back(x);
    const auto n = static_cast<int64_t>(gate.size());
    std::vector<float> up(gate.size(), 1.0F);
    std::vector<float> out(gate.size());
    GatedProduct(function, View(gate, 1, n), View(up, 1, n), {}, View(out, 1, n));
    for (size_t i = 0; i < gate.size(); ++i) {
      const double exact = Exact(function, gate[i]);
      ASSERT_NEAR(out[i], exact, 4e-7 * std::abs(gate[i])) << gate[i];
      // Small values are right too, relative to themselves, down to where exp is cut off.
      if (std::abs(exact) > 1e-6) {
        ASSERT_NEAR(out[i], exact, 4e-6 * std::abs(exact)) << gate[i];
      }
    }
  }
}

TEST(GatesTest, AreFiniteForExtremeGates) {
  for (const GateFunction function : kFunctions) {
    std::vector<float> gate = {-1e4F, -100.0F, -88.0F, 88.0F, 1e4F, 0.0F};
    std::vector<float> up(gate.size(), 1.0F);
    std::vector<float> out(gate.size());
    GatedProduct(function, View(gate, 1, 6), View(up, 1, 6), {}, View(out, 1, 6));
    EXPECT_NEAR(out[0], 0.0F, 1e-30);
    EXPECT_NEAR(out[2], 0.0F, 1e-30);
    EXPECT_FLOAT_EQ(out[3], 88.0F);
    EXPECT_FLOAT_EQ(out[4], 1e4F);
    EXPECT_EQ(out[5], 0.0F);
  }
}

}  // namespace
}  // namespace fairprune::compute
