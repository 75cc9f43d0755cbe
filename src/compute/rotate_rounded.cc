// Compiled with -ffp-contract=off: a product is rounded before it is added.
#include "compute/vector_kernels.h"

namespace fairprune::compute {

FP_KERNEL void RotateHeadRounded(const float* cos, const float* sin, float* low, float* high,
                                 int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float a = low[i];
    const float b = high[i];
    low[i] = a * cos[i] - b * sin[i];
    high[i] = b * cos[i] + a * sin[i];
  }
}

}  // namespace fairprune::compute
