#include "compute/gates.h"

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

FP_KERNEL void SiluRow(const float* gate, const float* up, float* out, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = OverOnePlusExpKernel(gate[i], -gate[i]) * up[i];
}

// (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)).
FP_KERNEL void GeluTanhRow(const float* gate, const float* up, float* out, int64_t n) {
  constexpr float kTwiceRootTwoOverPi = 1.59576912F;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float x = gate[i];
    const float twice_u = kTwiceRootTwoOverPi * (x + 0.044715F * x * x * x);
    out[i] = OverOnePlusExpKernel(x, -twice_u) * up[i];
  }
}

FP_KERNEL void GeluRow(const float* gate, const float* up, float* out, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = gate[i] * NormalCdfKernel(gate[i]) * up[i];
}

FP_KERNEL void MultiplyRow(const float* y, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] *= y[i];
}

void GateRow(GateFunction function, const float* gate, const float* up, float* out, int64_t n) {
  switch (function) {
    case GateFunction::kSilu:
      return SiluRow(gate, up, out, n);
    case GateFunction::kGeluTanh:
      return GeluTanhRow(gate, up, out, n);
    case GateFunction::kGelu:
      return GeluRow(gate, up, out, n);
  }
}

}  // namespace

void GatedProduct(GateFunction function, ConstMatrixView gate, ConstMatrixView up,
                  std::span<const float> keep, MatrixView out) {
  FP_CHECK(gate.rows == up.rows && gate.cols == up.cols, "GatedProduct: gate, up differ in shape");
  FP_CHECK(gate.rows == out.rows && gate.cols == out.cols, "GatedProduct: out has another shape");
  FP_CHECK(keep.empty() || static_cast<int64_t>(keep.size()) == gate.cols,
           "GatedProduct: keep is not [F]");
  ParallelFor(gate.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      GateRow(function, gate.row(i), up.row(i), out.row(i), gate.cols);
      if (!keep.empty()) MultiplyRow(keep.data(), out.row(i), gate.cols);
    }
  });
}

}  // namespace fairprune::compute
