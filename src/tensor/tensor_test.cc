#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace fairprune {
namespace {

TEST(ShapeTest, CountsAndPrints) {
  EXPECT_EQ(NumElements({}), 1);
  EXPECT_EQ(NumElements({2, 3}), 6);
  EXPECT_EQ(NumElements({2, 0, 3}), 0);
  EXPECT_EQ(ToString(Shape{}), "[]");
  EXPECT_EQ(ToString(Shape{2, 3}), "[2, 3]");
}

TEST(TensorTest, ZerosAreAlignedAndZero) {
  const Tensor tensor = Tensor::Zeros({3, 5});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0U);
  EXPECT_EQ(tensor.size(), 15);
  for (const float value : tensor.span()) EXPECT_EQ(value, 0.0F);
}

TEST(TensorTest, MatrixHasTheLastExtentAsColumns) {
  Tensor tensor = Tensor::Zeros({2, 3, 4});
  tensor.matrix().row(5)[3] = 7.0F;
  EXPECT_EQ(tensor.data()[23], 7.0F);
  const ConstMatrixView view = std::as_const(tensor).matrix();
  EXPECT_EQ(view.rows, 6);
  EXPECT_EQ(view.cols, 4);
  EXPECT_EQ(view.stride, 4);
  EXPECT_EQ(view.row_span(5)[3], 7.0F);
}

TEST(TensorTest, MatrixOfScalarAndOfEmpty) {
  EXPECT_EQ(Tensor::Zeros({}).matrix().rows, 1);
  EXPECT_EQ(Tensor::Zeros({4, 0}).matrix().rows, 0);
  EXPECT_EQ(Tensor::Zeros({0, 4}).matrix().rows, 0);
}

TEST(TensorTest, MovedFromIsEmpty) {
  Tensor first = Tensor::Zeros({4});
  const Tensor second = std::move(first);
  EXPECT_EQ(second.size(), 4);
  EXPECT_EQ(first.size(), 0);  // NOLINT(bugprone-use-after-move): that is what is tested
}

}  // namespace
}  // namespace fairprune
