#include "compute/row_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "compute/parallel.h"
#include "compute/random_for_test.h"
#include "tensor/dtype.h"

namespace fairprune::compute {
namespace {

// Around every vector width, so that tails and whole vectors are both met.
const std::vector<int64_t> kSizes = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 576};

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

TEST(RowOpsTest, RmsNormOfHeadsNormsEachOnItsOwnAndInPlace) {
  for (const int64_t e : {1, 4, 15, 16, 33, 64}) {
    constexpr int64_t kHeads = 3;
    std::vector<float> x = RandomVector(2 * kHeads * e, 7);
    const std::vector<float> before = x;
    const std::vector<float> weight = RandomVector(e, 8);
    // One column more than the heads: a stride of its own, and a column that must stay.
    std::vector<float> wide(static_cast<size_t>(2 * (kHeads * e + 1)), -7.0F);
    const MatrixView view{wide.data(), 2, kHeads * e, kHeads * e + 1};
    for (int64_t i = 0; i < 2; ++i) std::copy_n(x.data() + i * kHeads * e, kHeads * e, view.row(i));
    RmsNorm(view, weight, 1e-6F, view);
    for (int64_t head = 0; head < 2 * kHeads; ++head) {
      const float* from = before.data() + head * e;
      double sum = 0;
      for (int64_t j = 0; j < e; ++j) sum += static_cast<double>(from[j]) * from[j];
      const double scale = 1.0 / std::sqrt(sum / static_cast<double>(e) + 1e-6);
      for (int64_t j = 0; j < e; ++j) {
        const float ours = view.row(head / kHeads)[head % kHeads * e + j];
        EXPECT_NEAR(ours, weight[j] * from[j] * scale, 2e-6) << e;
      }
    }
    EXPECT_EQ(view.row(0)[kHeads * e], -7.0F);
  }
}

TEST(RowOpsTest, SoftCapEqualsItsFormula) {
  for (const float cap : {0.5F, 30.0F, 50.0F}) {
    for (const int64_t n : kSizes) {
      std::vector<float> x = RandomVector(2 * n, 9, 2.0F * cap);
      for (size_t i = 0; i < x.size(); i += 2) x[i] *= 1e-3F;  // the other branch
      const std::vector<float> before = x;
      SoftCapInPlace(cap, View(x, 2, n));
      for (size_t i = 0; i < x.size(); ++i) {
        const double expected = cap * std::tanh(static_cast<double>(before[i]) / cap);
        EXPECT_NEAR(x[i], expected, 4e-7 * std::abs(expected)) << before[i];
      }
      std::vector<float> row(before.begin(), before.begin() + n);
      SoftCap(cap, row);
      for (int64_t i = 0; i < n; ++i) EXPECT_EQ(row[i], x[i]);
    }
  }
  std::vector<float> ends = {0.0F, 1e30F, -1e30F, std::numeric_limits<float>::infinity()};
  SoftCap(30.0F, ends);
  EXPECT_EQ(ends, (std::vector<float>{0.0F, 30.0F, -30.0F, 30.0F}));
}

TEST(RowOpsTest, ScaledSumsScalesAndQuotients) {
  for (const int64_t n : kSizes) {
    const std::vector<float> y = RandomVector(2 * n, 10);
    const std::vector<float> before = RandomVector(2 * n, 11);
    std::vector<float> sum = before;
    std::vector<float> scaled = before;
    std::vector<float> divided = before;
    AddScaled(0.22F, ConstMatrixView(y.data(), 2, n, n), View(sum, 2, n));
    ScaleInPlace(12.5F, View(scaled, 2, n));
    DivideInPlace(7.0F, View(divided, 2, n));
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_NEAR(sum[i], before[i] + 0.22F * y[i], 5e-7);
      EXPECT_EQ(scaled[i], before[i] * 12.5F);
      EXPECT_EQ(divided[i], before[i] / 7.0F);
    }
  }
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

TEST(RowOpsTest, RopeOfRoundedProductsEqualsItsFormulaToTheBit) {
  for (const int64_t half : {1, 4, 7, 8, 16, 31, 32, 64}) {
    const std::vector<float> cos = RandomVector(half, 12);
    const std::vector<float> sin = RandomVector(half, 13);
    const RopeTable table{{cos.data(), 1, half, half}, {sin.data(), 1, half, half}};
    std::vector<float> x = RandomVector(2 * half, 14);
    const std::vector<float> before = x;
    const std::vector<int32_t> positions = {0};
    ApplyRope(table, positions, 1, 2 * half, View(x, 1, 2 * half), RopeRounding::kEachProduct);
    for (int64_t i = 0; i < half; ++i) {
      const volatile float low_cos = before[i] * cos[i];  // volatile: rounded to f32
      const volatile float low_sin = before[i] * sin[i];
      const volatile float high_cos = before[i + half] * cos[i];
      const volatile float high_sin = before[i + half] * sin[i];
      EXPECT_EQ(x[i], low_cos - high_sin);
      EXPECT_EQ(x[i + half], high_cos + low_sin);
    }
  }
}

TEST(RowOpsTest, PartialRopeLeavesTheRestOfAHead) {
  // Heads of 6, of which 4 turn: pairs (0, 2) and (1, 3).
  std::vector<float> cos = {std::cos(1.0F), std::cos(0.1F)};
  std::vector<float> sin = {std::sin(1.0F), std::sin(0.1F)};
  const RopeTable table{{cos.data(), 1, 2, 2}, {sin.data(), 1, 2, 2}};
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  const std::vector<int32_t> positions = {0};
  ApplyRope(table, positions, 2, 6, View(x, 1, 13));
  EXPECT_NEAR(x[0], 1 * std::cos(1.0) - 3 * std::sin(1.0), 1e-6);
  EXPECT_NEAR(x[3], 4 * std::cos(0.1) + 2 * std::sin(0.1), 1e-6);
  EXPECT_NEAR(x[6], 7 * std::cos(1.0) - 9 * std::sin(1.0), 1e-6);
  EXPECT_NEAR(x[9], 10 * std::cos(0.1) + 8 * std::sin(0.1), 1e-6);
  for (const int i : {4, 5, 10, 11, 12}) EXPECT_EQ(x[i], static_cast<float>(i + 1));
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
