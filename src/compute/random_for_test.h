// Random matrices, for this room's tests only.
#pragma once

#include <cstdint>
#include <random>
#include <utility>

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

}  // namespace fairprune::compute
