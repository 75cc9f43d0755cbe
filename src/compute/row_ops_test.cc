#include "compute/row_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "compute/parallel.h"
#include "tensor/dtype.h"

namespace fairprune::compute {
namespace {

// Around every vector width, so that tails and whole vectors are both met.
const std::vector<int64_t> kSizes = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 576};

std::vector<float> RandomVector(int64_t n, uint32_t seed, float scale = 1.0F) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& value : values) value = normal(generator);
  return values;
}

MatrixView View(std::vector<float>& values, int64_t rows, int64_t cols) {
  return {values.data(), rows, cols, cols};
}

TEST(RowOpsTest, FastExpIsCloseToStdExp) {
  double worst = 0;
  for (float x = -87.0F; x < 88.5F; x += 0.0137F) {
    const double exact = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(FastExp(x) - exact) / exact);
  }
  EXPECT_LT(worst, 2.5e-7);
  EXPECT_EQ(FastExp(-1000.0F), FastExp(-87.3F));
  EXPECT_LT(FastExp(-1000.0F), 1.3e-38F);
  EXPECT_EQ(FastExp(1000.0F), FastExp(88.7F));
  EXPECT_GT(FastExp(1000.0F), 3.2e38F);
  EXPECT_LT(FastExp(1000.0F), std::numeric_limits<float>::infinity());
  EXPECT_EQ(FastExp(0.0F), 1.0F);
}

TEST(RowOpsTest, RmsNormEqualsItsFormula) {
  for (const int64_t n : kSizes) {
    std::vector<float> x = RandomVector(3 * n, 1);
    std::vector<float> weight = RandomVector(n, 2);
    std::vector<float> out(x.size());
    RmsNorm(View(x, 3, n), weight, 1e-5F, View(out, 3, n));
    for (int64_t i = 0; i < 3; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < n; ++j) sum += std::pow(static_cast<double>(x[i * n + j]), 2);
      const double scale = 1.0 / std::sqrt(sum / static_cast<double>(n) + 1e-5);
      for (int64_t j = 0; j < n; ++j) {
        EXPECT_NEAR(out[i * n + j], weight[j] * x[i * n + j] * scale, 2e-6) << n;
      }
    }
  }
}

TEST(RowOpsTest, SiluGateEqualsItsFormulaAndAppliesTheMask) {
  for (const int64_t n : kSizes) {
    std::vector<float> gate = RandomVector(2 * n, 3, 4.0F);
    std::vector<float> up = RandomVector(2 * n, 4);
    std::vector<float> keep(static_cast<size_t>(n), 1.0F);
    keep[static_cast<size_t>(n / 2)] = 0.0F;
    std::vector<float> out(gate.size());
    SiluGate(View(gate, 2, n), View(up, 2, n), keep, View(out, 2, n));
    for (int64_t i = 0; i < 2 * n; ++i) {
      const double g = gate[i];
      const double expected = i % n == n / 2 ? 0.0 : g / (1.0 + std::exp(-g)) * up[i];
      EXPECT_NEAR(out[i], expected, 1e-6 * (1.0 + std::abs(expected)));
    }
  }
}

TEST(RowOpsTest, SiluGateIsFiniteForExtremeGates) {
  std::vector<float> gate = {-1e4F, -100.0F, -88.0F, 88.0F, 1e4F, 0.0F};
  std::vector<float> up(gate.size(), 1.0F);
  std::vector<float> out(gate.size());
  SiluGate(View(gate, 1, 6), View(up, 1, 6), {}, View(out, 1, 6));
  EXPECT_NEAR(out[0], 0.0F, 1e-30);
  EXPECT_NEAR(out[2], 0.0F, 1e-30);
  EXPECT_FLOAT_EQ(out[3], 88.0F);
  EXPECT_FLOAT_EQ(out[4], 1e4F);
}

TEST(RowOpsTest, RopeRotatesPairsHalfAHeadApart) {
  std::vector<float> cos = {1.0F, 1.0F, std::cos(1.0F), std::cos(0.1F)};
  std::vector<float> sin = {0.0F, 0.0F, std::sin(1.0F), std::sin(0.1F)};
  const RopeTable table{{cos.data(), 2, 2, 2}, {sin.data(), 2, 2, 2}};
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<float> before = x;
  const std::vector<int32_t> positions = {0, 1};
  ApplyRope(table, positions, 2, 4, View(x, 2, 8));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(x[i], before[i]);  // position 0 does not turn
  EXPECT_NEAR(x[8], 1 * std::cos(1.0) - 3 * std::sin(1.0), 1e-6);
  EXPECT_NEAR(x[10], 3 * std::cos(1.0) + 1 * std::sin(1.0), 1e-6);
  EXPECT_NEAR(x[13], 6 * std::cos(0.1) - 8 * std::sin(0.1), 1e-6);
}

TEST(RowOpsTest, SoftmaxAndLogSumExpEqualTheirFormulas) {
  for (const int64_t n : {1, 2, 5, 16, 33, 5000}) {
    std::vector<float> x = RandomVector(n, 5, 10.0F);
    double sum = 0;
    for (const float value : x) sum += std::exp(static_cast<double>(value));
    EXPECT_NEAR(LogSumExp(x), std::log(sum), 1e-6) << n;
    std::vector<float> soft = x;
    ScaledSoftmax(0.5F, soft);
    double half_sum = 0;
    for (const float value : x) half_sum += std::exp(0.5 * value);
    for (int64_t i = 0; i < n; ++i) EXPECT_NEAR(soft[i], std::exp(0.5 * x[i]) / half_sum, 1e-6);
  }
}

TEST(RowOpsTest, ArgMaxTakesTheFirstOfEquals) {
  const std::vector<float> x = {1.0F, 3.0F, -2.0F, 3.0F};
  EXPECT_EQ(LogSumExpAndArgMax(x).arg_max, 1);
  EXPECT_EQ(LogSumExpAndArgMax(x).log_sum_exp, LogSumExp(x));
}

TEST(RowOpsTest, Bf16ConversionRoundsAsTheScalarOne) {
  std::vector<float> x = RandomVector(1000, 6);
  x[3] = std::numeric_limits<float>::infinity();
  x[4] = std::numeric_limits<float>::quiet_NaN();
  x[5] = 1.00390625F;  // a tie: rounds to even
  std::vector<uint16_t> converted(x.size());
  ConvertToBf16(x, converted);
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      EXPECT_TRUE(std::isnan(Bf16ToF32(converted[i])));
    } else {
      EXPECT_EQ(converted[i], F32ToBf16(x[i])) << x[i];
    }
  }
}

TEST(ParallelTest, EveryIndexIsVisitedOnce) {
  for (const int64_t n : {0, 1, 2, 3, 1000}) {
    std::vector<int> visits(static_cast<size_t>(n), 0);
    ParallelFor(n, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
    });
    ParallelTasks(n, [&](int64_t i, int thread) {
      EXPECT_LT(thread, NumThreads());
      ++visits[static_cast<size_t>(i)];
    });
    for (const int count : visits) EXPECT_EQ(count, 2);
  }
}

}  // namespace
}  // namespace fairprune::compute
