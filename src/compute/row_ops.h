// Row-wise operations on f32 matrices: everything of a layer that is neither a matrix product nor
// attention. Each is a plain loop that the compiler vectorises for the CPU it runs on.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace fairprune::compute {

// out[i] = weight * x[i] / sqrt(mean(x[i]^2) + eps), per row i.   x, out [N, D], weight [D].
// Source: Zhang & Sennrich 2019, eq. 4 (RMSNorm).
void RmsNorm(ConstMatrixView x, std::span<const float> weight, float eps, MatrixView out);

// out = silu(gate) * up, per element; silu(x) = x / (1 + exp(-x)).   all [N, F].
// `keep` [F] multiplies the columns (empty: none): the neuron mask.
// Source: Shazeer 2020, eq. 6 (SwiGLU without its last product).
void SiluGate(ConstMatrixView gate, ConstMatrixView up, std::span<const float> keep,
              MatrixView out);

// x += y, per element; both [N, D].
void AddInPlace(ConstMatrixView y, MatrixView x);

// Adds `bias` [C] to each row of x [N, C].
void AddBias(std::span<const float> bias, MatrixView x);

// Rotates the first heads*head_dim columns of each row by its position: for each head and each
// i < E/2, (a, b) = (x[i], x[i + E/2]) becomes (a cos - b sin, b cos + a sin).
// x [N, >= heads*E]; positions [N]; cos, sin [P, E/2] with P > every position.
// Source: Su et al. 2021 (RoPE), in the half-split order of Hugging Face checkpoints.
struct RopeTable {
  ConstMatrixView cos, sin;
};
void ApplyRope(const RopeTable& table, std::span<const int32_t> positions, int64_t heads,
               int64_t head_dim, MatrixView x);

// In place over the first `n` elements: x = softmax(scale * x), computed about the maximum.
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
