#include "compute/row_product.h"

#include <bit>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "compute/vector_kernels.h"
#include "tensor/dtype.h"

namespace fairprune::compute {
namespace {

FP_KERNEL float DotRow(const float* w, const float* x, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += w[i] * x[i];
  return sum;
}

// A bf16 number is the upper half of an f32 one: two weights w[2i], w[2i + 1] at a time, in one
// word (little-endian), with x's even and odd elements apart.
FP_KERNEL float DotPairs(const uint16_t* w, const float* even, const float* odd, int64_t pairs) {
  float a = 0, b = 0;
#pragma omp simd reduction(+ : a, b)
  for (int64_t i = 0; i < pairs; ++i) {
    uint32_t two;
    std::memcpy(&two, w + 2 * i, sizeof(two));
    a += std::bit_cast<float>(two << 16) * even[i];
    b += std::bit_cast<float>(two & 0xFFFF0000U) * odd[i];
  }
  return a + b;
}

}  // namespace

void RowProduct(std::span<const float> x, const float* weight, std::span<float> y) {
  const auto n = static_cast<int64_t>(x.size());
  ParallelFor(static_cast<int64_t>(y.size()), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      y[static_cast<size_t>(c)] = DotRow(weight + c * n, x.data(), n);
    }
  });
}

void RowProductBf16(std::span<const float> x, const uint16_t* weight, std::span<float> y) {
  static_assert(std::endian::native == std::endian::little);
  FP_CHECK(x.size() % 2 == 0, "RowProductBf16: an even number of columns");
  const size_t pairs = x.size() / 2;
  std::vector<uint16_t> rounded(x.size());
  ConvertToBf16(x, rounded);
  std::vector<float> even(pairs), odd(pairs);
  for (size_t i = 0; i < pairs; ++i) {
    even[i] = Bf16ToF32(rounded[2 * i]);
    odd[i] = Bf16ToF32(rounded[2 * i + 1]);
  }
  const auto n = static_cast<int64_t>(x.size());
  ParallelFor(static_cast<int64_t>(y.size()), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      y[static_cast<size_t>(c)] = DotPairs(weight + c * n, even.data(), odd.data(), n / 2);
    }
  });
}

}  // namespace fairprune::compute
