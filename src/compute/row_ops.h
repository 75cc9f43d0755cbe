// Row-wise operations on f32 matrices: everything of a layer that is neither a matrix product nor
// attention. Each is a plain loop that the compiler vectorises for the CPU it runs on.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace fairprune::compute {

// out[i] = weight * x[i] / sqrt(mean(x[i]^2) + eps), per row i.   x, out [N, D], weight [D].
// A weight [E] with E dividing D norms every E columns on their own (heads). `out` may be `x`.
// Source: Zhang & Sennrich 2019, eq. 4 (RMSNorm).
void RmsNorm(ConstMatrixView x, std::span<const float> weight, float eps, MatrixView out);

// x += y, per element; both [N, D].
void AddInPlace(ConstMatrixView y, MatrixView x);
// x += factor * y, per element; both [N, D].
void AddScaled(float factor, ConstMatrixView y, MatrixView x);

// x *= factor; x /= divisor; x = cap * tanh(x / cap) (within 4e-7 relative), per element.
void ScaleInPlace(float factor, MatrixView x);
void DivideInPlace(float divisor, MatrixView x);
void SoftCapInPlace(float cap, MatrixView x);

// Adds `bias` [C] to each row of x [N, C].
void AddBias(std::span<const float> bias, MatrixView x);

// Rotates the first R columns of each of the first `heads` heads of a row by the row's position:
// for each i < R/2, (a, b) = (x[i], x[i + R/2]) becomes (a cos - b sin, b cos + a sin).
// x [N, >= heads*E]; positions [N], rows of the table; cos, sin [P, R/2] with P > every position.
// Source: Su et al. 2021 (RoPE), in the half-split order of Hugging Face checkpoints.
struct RopeTable {
  ConstMatrixView cos, sin;
};
enum class RopeRounding {
  kFused,        // as the CPU has it: with fused multiply-add, one of the two products unrounded
  kEachProduct,  // both products rounded, as apply_rotary_pos_emb in transformers
};
void ApplyRope(const RopeTable& table, std::span<const int32_t> positions, int64_t heads,
               int64_t head_dim, MatrixView x, RopeRounding rounding = RopeRounding::kFused);

// x = cap * tanh(x / cap), as SoftCapInPlace, of one row by the calling thread alone.
void SoftCap(float cap, std::span<float> x);

// In place: x = softmax(scale * x), computed about the maximum; by the calling thread alone.
void ScaledSoftmax(float scale, std::span<float> x);

// log(sum(exp(x))). The sum runs in eight f32 lanes over the whole row, as in torch's log_softmax
// on AVX2 CPUs, by which lm-evaluation-harness's published numbers are made: over a vocabulary of
// 49,152 it lies about 1e-5 nats below the exact value, on every CPU alike (docs/metrics.md).
double LogSumExp(std::span<const float> x);

// LogSumExp of x, to the bit, and the index of its largest element, the first where several are
// equal.
struct PeakedRow {
  double log_sum_exp = 0;
  int64_t arg_max = 0;
};
PeakedRow LogSumExpAndArgMax(std::span<const float> x);

// dst[i] = bf16(src[i]), round to nearest even.
void ConvertToBf16(std::span<const float> src, std::span<uint16_t> dst);

// e^x within 3e-7 relative for x in [-87.3, 88.7]; the value at the nearer end outside: 1e-38
// below, 3e38 above.
float FastExp(float x);

}  // namespace fairprune::compute
