#include "compute/gradients.h"

#include <cmath>
#include <numbers>

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

struct NormSums {
  float squares, products;  // sum x^2, sum weight * d * x
};

FP_KERNEL NormSums SumForNorm(const float* x, const float* weight, const float* d, int64_t n) {
  float squares = 0, products = 0;
#pragma omp simd reduction(+ : squares, products)
  for (int64_t i = 0; i < n; ++i) {
    squares += x[i] * x[i];
    products += weight[i] * d[i] * x[i];
  }
  return {squares, products};
}

FP_KERNEL void NormGradientRow(const float* x, const float* weight, const float* d, float scale,
                               float along, float* out, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = scale * weight[i] * d[i] - along * x[i];
}

// f(x) and f'(x) of each gate function.
struct ValueAndSlope {
  float value, slope;
};
inline ValueAndSlope Silu(float x) {
  const float s = OverOnePlusExpKernel(1.0F, -x);
  return {x * s, s * (1.0F + x * (1.0F - s))};
}
inline ValueAndSlope GeluTanh(float x) {
  constexpr float kTwiceRootTwoOverPi = 1.59576912F;
  const float s = OverOnePlusExpKernel(1.0F, -kTwiceRootTwoOverPi * (x + 0.044715F * x * x * x));
  const float inner = kTwiceRootTwoOverPi * (1.0F + 3.0F * 0.044715F * x * x);
  return {x * s, s + x * s * (1.0F - s) * inner};
}
inline ValueAndSlope Gelu(float x) {
  constexpr float kInvRootTwoPi = 0.398942280F;
  const float cdf = NormalCdfKernel(x);
  return {x * cdf, cdf + x * kInvRootTwoPi * ExpKernel(-0.5F * x * x)};
}

struct GateRow {
  const float *gate, *up, *d;
  float *d_gate, *d_up;
};
FP_KERNEL void SiluGradientRow(const GateRow& row, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const ValueAndSlope f = Silu(row.gate[i]);
    const float d = row.d[i];
    row.d_gate[i] = d * row.up[i] * f.slope;
    row.d_up[i] = d * f.value;
  }
}
FP_KERNEL void GeluTanhGradientRow(const GateRow& row, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const ValueAndSlope f = GeluTanh(row.gate[i]);
    const float d = row.d[i];
    row.d_gate[i] = d * row.up[i] * f.slope;
    row.d_up[i] = d * f.value;
  }
}
FP_KERNEL void GeluGradientRow(const GateRow& row, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const ValueAndSlope f = Gelu(row.gate[i]);
    const float d = row.d[i];
    row.d_gate[i] = d * row.up[i] * f.slope;
    row.d_up[i] = d * f.value;
  }
}

FP_KERNEL void MultiplyRow(const float* y, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] *= y[i];
}

FP_KERNEL void RotateHeadBack(const float* cos, const float* sin, float* low, float* high,
                              int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float a = low[i];
    const float b = high[i];
    low[i] = a * cos[i] + b * sin[i];
    high[i] = b * cos[i] - a * sin[i];
  }
}

FP_KERNEL void ScaledExpRow(float factor, float shift, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] = factor * ExpKernel(x[i] - shift);
}

FP_KERNEL void SoftCapGradientRow(float inverse, const float* capped, float* d, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float share = capped[i] * inverse;
    d[i] *= 1.0F - share * share;
  }
}

void GateGradientRow(GateFunction function, const GateRow& row, int64_t n) {
  switch (function) {
    case GateFunction::kSilu:
      return SiluGradientRow(row, n);
    case GateFunction::kGeluTanh:
      return GeluTanhGradientRow(row, n);
    case GateFunction::kGelu:
      return GeluGradientRow(row, n);
  }
}

bool SameShape(ConstMatrixView a, ConstMatrixView b) {
  return a.rows == b.rows && a.cols == b.cols;
}

}  // namespace

void RmsNormGradient(ConstMatrixView x, std::span<const float> weight, float eps,
                     ConstMatrixView d_out, MatrixView d_x) {
  const auto width = static_cast<int64_t>(weight.size());
  FP_CHECK(SameShape(x, d_out) && SameShape(x, d_x), "RmsNormGradient: shapes differ");
  FP_CHECK(width > 0 && x.cols % width == 0, "RmsNormGradient: the weight does not divide D");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t at = 0; at < x.cols; at += width) {
        const float* row = x.row(i) + at;
        const float* d = d_out.row(i) + at;
        const NormSums sums = SumForNorm(row, weight.data(), d, width);
        const auto n = static_cast<float>(width);
        const float scale = 1.0F / std::sqrt(sums.squares / n + eps);
        const float along = scale * scale * scale * sums.products / n;
        NormGradientRow(row, weight.data(), d, scale, along, d_x.row(i) + at, width);
      }
    }
  });
}

void GatedProductGradient(GateFunction function, ConstMatrixView gate, ConstMatrixView up,
                          std::span<const float> keep, ConstMatrixView d_out, MatrixView d_gate,
                          MatrixView d_up) {
  FP_CHECK(SameShape(gate, up) && SameShape(gate, d_out) && SameShape(gate, d_gate) &&
               SameShape(gate, d_up),
           "GatedProductGradient: shapes differ");
  FP_CHECK(keep.empty() || static_cast<int64_t>(keep.size()) == gate.cols,
           "GatedProductGradient: keep is not [F]");
  ParallelFor(gate.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      GateGradientRow(function, {gate.row(i), up.row(i), d_out.row(i), d_gate.row(i), d_up.row(i)},
                      gate.cols);
      if (keep.empty()) continue;
      MultiplyRow(keep.data(), d_gate.row(i), gate.cols);
      MultiplyRow(keep.data(), d_up.row(i), gate.cols);
    }
  });
}

void ApplyRopeGradient(const RopeTable& table, std::span<const int32_t> positions, int64_t heads,
                       int64_t head_dim, MatrixView d_x) {
  FP_CHECK(static_cast<int64_t>(positions.size()) == d_x.rows,
           "ApplyRopeGradient: positions are not [N]");
  FP_CHECK(heads * head_dim <= d_x.cols && table.cos.cols * 2 <= head_dim,
           "ApplyRopeGradient: head shape");
  const int64_t half = table.cos.cols;
  ParallelFor(d_x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* cos = table.cos.row(positions[static_cast<size_t>(i)]);
      const float* sin = table.sin.row(positions[static_cast<size_t>(i)]);
      for (int64_t h = 0; h < heads; ++h) {
        float* head = d_x.row(i) + h * head_dim;
        RotateHeadBack(cos, sin, head, head + half, half);
      }
    }
  });
}

void SoftCapGradient(float cap, std::span<const float> capped, std::span<float> d) {
  FP_CHECK(capped.size() == d.size(), "SoftCapGradient: sizes differ");
  SoftCapGradientRow(1.0F / cap, capped.data(), d.data(), static_cast<int64_t>(d.size()));
}

void LogProbabilityGradient(float weight, int64_t token, std::span<float> logits) {
  FP_CHECK(token >= 0 && token < std::ssize(logits), "LogProbabilityGradient: no such token");
  const auto log_sum = static_cast<float>(LogSumExp(logits));
  ScaledExpRow(-weight, log_sum, logits.data(), std::ssize(logits));
  logits[static_cast<size_t>(token)] += weight;
}

}  // namespace fairprune::compute
