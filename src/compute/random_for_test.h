// Random matrices and vectors, for this room's tests only.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace fairprune::compute {

// Standard normal values; the same for the same seed.
inline Tensor RandomTensor(Shape shape, uint32_t seed) {
  Tensor tensor(std::move(shape));
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (float& value : tensor.span()) value = normal(generator);
  return tensor;
}

// Normal values of that standard deviation.
inline std::vector<float> RandomVector(int64_t n, uint32_t seed, float scale = 1.0F) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& value : values) value = normal(generator);
  return values;
}

inline MatrixView View(std::vector<float>& values, int64_t rows, int64_t cols) {
  return {values.data(), rows, cols, cols};
}

}  // namespace fairprune::compute
