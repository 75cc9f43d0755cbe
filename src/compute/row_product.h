// One row times a row-major matrix: what a product of one row is with a weight that could not be
// packed (a tied head), at the speed at which memory gives the weight. Internal to this room.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace fairprune::compute {

// y[c] = weight[c] . x.   x [K], weight [C, K] dense, y [C]. Each element is summed by one thread.
void RowProduct(std::span<const float> x, const float* weight, std::span<float> y);
// The same with bf16 weights and x rounded to bf16, summed in f32; K even.
void RowProductBf16(std::span<const float> x, const uint16_t* weight, std::span<float> y);

}  // namespace fairprune::compute
