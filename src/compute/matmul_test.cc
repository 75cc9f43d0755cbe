#include "compute/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/result_matchers.h"
#include "compute/random_for_test.h"
#include "tensor/dtype.h"

namespace fairprune::compute {
namespace {

struct Case {
  int64_t rows, inputs, outputs;
};

class MatmulTest : public ::testing::TestWithParam<Case> {};

// The plain reference: y[i, j] = sum_k x[i, k] w[j, k] in f64, with the inputs rounded as the path
// under test rounds them.
double Reference(const Tensor& x, const Tensor& w, int64_t i, int64_t j, bool bf16) {
  const int64_t inputs = w.shape()[1];
  double sum = 0;
  for (int64_t k = 0; k < inputs; ++k) {
    float a = x.data()[i * inputs + k];
    float b = w.data()[j * inputs + k];
    if (bf16) {
      a = Bf16ToF32(F32ToBf16(a));
      b = Bf16ToF32(F32ToBf16(b));
    }
    sum += static_cast<double>(a) * b;
  }
  return sum;
}

void CheckAgainstReference(const Case& c, WeightType type, bool plain) {
  MatmulContext context(type);
  const Tensor weight = RandomTensor({c.outputs, c.inputs}, 1);
  Tensor x = Tensor::Zeros({BucketRows(c.rows), c.inputs});
  const Tensor values = RandomTensor({c.rows, c.inputs}, 2);
  std::copy(values.span().begin(), values.span().end(), x.data());
  Tensor y({BucketRows(c.rows), c.outputs});
  auto packed = plain ? context.PackPlain(weight.matrix()) : context.Pack(weight.matrix());
  ASSERT_THAT(packed, IsOk());
  EXPECT_EQ(packed->outputs(), c.outputs);
  EXPECT_EQ(packed->inputs(), c.inputs);
  ASSERT_THAT(context.Multiply({x.data(), c.rows, c.inputs, c.inputs}, *packed,
                               {y.data(), c.rows, c.outputs, c.outputs}),
              IsOk());
  const double bound = 1e-6 * std::sqrt(static_cast<double>(c.inputs)) * 8;
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.outputs; ++j) {
      ASSERT_NEAR(y.data()[i * c.outputs + j],
                  Reference(x, weight, i, j, type == WeightType::kBf16), bound)
          << i << "," << j;
    }
  }
}

TEST_P(MatmulTest, F32EqualsThePlainLoop) {
  CheckAgainstReference(GetParam(), WeightType::kF32, false);
  CheckAgainstReference(GetParam(), WeightType::kF32, true);
}

// The gradient of the input: x[i, k] = sum_j y[i, j] w[j, k].
TEST_P(MatmulTest, TransposedProductOfKeptRows) {
  const Case c = GetParam();
  MatmulContext context(WeightType::kF32);
  const Tensor weight = RandomTensor({c.outputs, c.inputs}, 3);
  Tensor y = Tensor::Zeros({BucketRows(c.rows), c.outputs});
  const Tensor values = RandomTensor({c.rows, c.outputs}, 4);
  std::copy(values.span().begin(), values.span().end(), y.data());
  Tensor copy(weight.shape());
  std::copy(weight.span().begin(), weight.span().end(), copy.data());
  auto kept = context.KeepPlain(std::move(copy));
  ASSERT_THAT(kept, IsOk());
  Tensor x({BucketRows(c.rows), c.inputs});
  ASSERT_THAT(context.MultiplyTransposed({y.data(), c.rows, c.outputs, c.outputs}, *kept,
                                         {x.data(), c.rows, c.inputs, c.inputs}),
              IsOk());
  const double bound = 1e-6 * std::sqrt(static_cast<double>(c.outputs)) * 8;
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t k = 0; k < c.inputs; ++k) {
      double sum = 0;
      for (int64_t j = 0; j < c.outputs; ++j)
        sum += static_cast<double>(y.data()[i * c.outputs + j]) * weight.data()[j * c.inputs + k];
      ASSERT_NEAR(x.data()[i * c.inputs + k], sum, bound) << i << "," << k;
    }
  }
}

TEST_P(MatmulTest, Bf16EqualsThePlainLoopOnRoundedInputs) {
  if (!CpuHasFastBf16())
    GTEST_SKIP() << "this CPU has no native bf16: the bf16 path is not checked";
  CheckAgainstReference(GetParam(), WeightType::kBf16, false);
  CheckAgainstReference(GetParam(), WeightType::kBf16, true);
}

INSTANTIATE_TEST_SUITE_P(Shapes, MatmulTest,
                         ::testing::Values(Case{1, 64, 96}, Case{1, 31, 17}, Case{1, 66, 35},
                                           Case{3, 31, 17}, Case{16, 64, 64}, Case{17, 65, 33},
                                           Case{100, 48, 130}, Case{129, 96, 64},
                                           Case{70, 576, 192}));

TEST(MatmulTest, BucketsGrowWithTheBatchAndHoldIt) {
  int64_t before = 0;
  for (int64_t rows = 1; rows < 2000; ++rows) {
    const int64_t bucket = BucketRows(rows);
    EXPECT_GE(bucket, rows);
    EXPECT_GE(bucket, before);
    EXPECT_EQ(BucketRows(bucket), bucket);
    before = bucket;
  }
}

}  // namespace
}  // namespace fairprune::compute
