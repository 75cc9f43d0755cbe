#include "tensor/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fairprune {
namespace {

struct Extents {
  int64_t rows = 1, cols = 1;
};

Extents AsMatrix(const Shape& shape, int64_t size) {
  const int64_t cols = shape.empty() ? 1 : shape.back();
  return {cols == 0 ? 0 : size / cols, cols};
}

}  // namespace

int64_t NumElements(const Shape& shape) {
  int64_t product = 1;
  for (const int64_t extent : shape) {
    FP_CHECK(extent >= 0, "extents are not negative");
    FP_CHECK(!__builtin_mul_overflow(product, extent, &product), "readers bound shapes first");
  }
  return product;
}

std::string ToString(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Tensor Tensor::Zeros(Shape shape) {
  Tensor tensor(std::move(shape));
  std::fill_n(tensor.data(), tensor.size(), 0.0F);
  return tensor;
}

MatrixView Tensor::matrix() {
  const Extents extents = AsMatrix(shape_, size());
  return {data(), extents.rows, extents.cols, extents.cols};
}

ConstMatrixView Tensor::matrix() const {
  const Extents extents = AsMatrix(shape_, size());
  return {data(), extents.rows, extents.cols, extents.cols};
}

}  // namespace fairprune
