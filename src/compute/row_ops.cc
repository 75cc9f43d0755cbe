#include "compute/row_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

FP_KERNEL float SumOfSquares(const float* x, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

FP_KERNEL void ScaleByWeight(const float* x, const float* weight, float scale, float* out,
                             int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = weight[i] * (x[i] * scale);
}

FP_KERNEL void AddRow(const float* y, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] += y[i];
}

FP_KERNEL void AddScaledRow(float factor, const float* y, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] += factor * y[i];
}

FP_KERNEL void DivideRow(float divisor, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] /= divisor;
}

FP_KERNEL void SoftCapRow(float cap, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] = cap * TanhKernel(x[i] / cap);
}

FP_KERNEL void RotateHead(const float* cos, const float* sin, float* low, float* high, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float a = low[i];
    const float b = high[i];
    low[i] = a * cos[i] - b * sin[i];
    high[i] = b * cos[i] + a * sin[i];
  }
}

FP_KERNEL float MaxOf(const float* x, int64_t n) {
  constexpr int64_t kLanes = 64;  // maxima of their own, so that they fit whole vectors
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, -std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma omp simd
    for (int64_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  }
  for (; i < n; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

// x = exp(scale * (x - shift)); returns the sum.
FP_KERNEL float ExpRow(float scale, float shift, float* x, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) {
    x[i] = ExpKernel(scale * (x[i] - shift));
    sum += x[i];
  }
  return sum;
}

// Sum of exp(x - shift) in eight f32 lanes, whatever the CPU's vectors: see LogSumExp.
FP_KERNEL float SumExpRow(float shift, const float* x, int64_t n) {
  constexpr int64_t kLanes = 8;
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma omp simd
    for (int64_t j = 0; j < kLanes; ++j) lanes[j] += ExpKernel(x[i + j] - shift);
  }
  for (int64_t j = 0; i < n; ++i, ++j) lanes[j] += ExpKernel(x[i] - shift);
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

// log(sum(exp(x))), computed about x's maximum.
double LogSumExpAbout(float maximum, std::span<const float> x) {
  const float sum = SumExpRow(maximum, x.data(), static_cast<int64_t>(x.size()));
  return static_cast<double>(maximum) + std::log(static_cast<double>(sum));
}

FP_KERNEL void ScaleRow(float scale, float* x, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) x[i] *= scale;
}

FP_KERNEL void Bf16Row(const float* src, uint16_t* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<uint32_t>(src[i]);
    const uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    const uint32_t quiet_nan = (bits >> 16) | 0x40U;
    dst[i] = static_cast<uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? quiet_nan : rounded);
  }
}

}  // namespace

void RmsNorm(ConstMatrixView x, std::span<const float> weight, float eps, MatrixView out) {
  FP_CHECK(x.rows == out.rows && x.cols == out.cols, "RmsNorm: x and out differ in shape");
  const auto group = static_cast<int64_t>(weight.size());
  FP_CHECK(group > 0 && x.cols % group == 0, "RmsNorm: weight is neither [D] nor of its heads");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t first = 0; first < x.cols; first += group) {
        const float* from = x.row(i) + first;
        const float mean = SumOfSquares(from, group) / static_cast<float>(group);
        const float scale = 1.0F / std::sqrt(mean + eps);
        ScaleByWeight(from, weight.data(), scale, out.row(i) + first, group);
      }
    }
  });
}

void AddInPlace(ConstMatrixView y, MatrixView x) {
  FP_CHECK(x.rows == y.rows && x.cols == y.cols, "AddInPlace: shapes differ");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) AddRow(y.row(i), x.row(i), x.cols);
  });
}

void AddScaled(float factor, ConstMatrixView y, MatrixView x) {
  FP_CHECK(x.rows == y.rows && x.cols == y.cols, "AddScaled: shapes differ");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) AddScaledRow(factor, y.row(i), x.row(i), x.cols);
  });
}

void ScaleInPlace(float factor, MatrixView x) {
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ScaleRow(factor, x.row(i), x.cols);
  });
}

void DivideInPlace(float divisor, MatrixView x) {
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) DivideRow(divisor, x.row(i), x.cols);
  });
}

void SoftCapInPlace(float cap, MatrixView x) {
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) SoftCapRow(cap, x.row(i), x.cols);
  });
}

void AddBias(std::span<const float> bias, MatrixView x) {
  FP_CHECK(static_cast<int64_t>(bias.size()) == x.cols, "AddBias: bias is not [C]");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) AddRow(bias.data(), x.row(i), x.cols);
  });
}

void ApplyRope(const RopeTable& table, std::span<const int32_t> positions, int64_t heads,
               int64_t head_dim, MatrixView x, RopeRounding rounding) {
  FP_CHECK(static_cast<int64_t>(positions.size()) == x.rows, "ApplyRope: positions are not [N]");
  const int64_t half = table.cos.cols;
  FP_CHECK(heads * head_dim <= x.cols && 2 * half <= head_dim, "ApplyRope: head shape");
  ParallelFor(x.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* cos = table.cos.row(positions[i]);
      const float* sin = table.sin.row(positions[i]);
      for (int64_t h = 0; h < heads; ++h) {
        float* head = x.row(i) + h * head_dim;
        if (rounding == RopeRounding::kFused) {
          RotateHead(cos, sin, head, head + half, half);
        } else {
          RotateHeadRounded(cos, sin, head, head + half, half);
        }
      }
    }
  });
}

void SoftCap(float cap, std::span<float> x) {
  SoftCapRow(cap, x.data(), static_cast<int64_t>(x.size()));
}

void ScaledSoftmax(float scale, std::span<float> x) {
  const auto n = static_cast<int64_t>(x.size());
  if (n == 0) return;
  const float sum = ExpRow(scale, MaxOf(x.data(), n), x.data(), n);
  ScaleRow(1.0F / sum, x.data(), n);
}

double LogSumExp(std::span<const float> x) {
  return LogSumExpAbout(MaxOf(x.data(), static_cast<int64_t>(x.size())), x);
}

PeakedRow LogSumExpAndArgMax(std::span<const float> x) {
  const float best = MaxOf(x.data(), static_cast<int64_t>(x.size()));
  return {LogSumExpAbout(best, x), std::find(x.begin(), x.end(), best) - x.begin()};
}

void ConvertToBf16(std::span<const float> src, std::span<uint16_t> dst) {
  FP_CHECK(dst.size() >= src.size(), "ConvertToBf16: dst is too small");
  ParallelFor(static_cast<int64_t>(src.size()), [&](int64_t begin, int64_t end) {
    Bf16Row(src.data() + begin, dst.data() + begin, end - begin);
  });
}

float FastExp(float x) { return ExpKernel(x); }

}  // namespace fairprune::compute
