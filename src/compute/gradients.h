// Gradients of the row-wise operations: what a change of an operation's input does to a figure,
// given what a change of its output does (`d_out`). Weights are constants.
#pragma once

#include <cstdint>
#include <span>

#include "compute/gates.h"
#include "compute/row_ops.h"
#include "tensor/tensor.h"

namespace fairprune::compute {

// Of RmsNorm: d_x = r * (weight * d_out) - x * r^3 * mean(weight * d_out * x), with
// r = 1 / sqrt(mean(x^2) + eps), per row, or per group of columns as RmsNorm's. x, d_out, d_x
// [N, D]; d_x may be d_out.
void RmsNormGradient(ConstMatrixView x, std::span<const float> weight, float eps,
                     ConstMatrixView d_out, MatrixView d_x);

// Of GatedProduct: d_up = d_out * keep * f(gate), d_gate = d_out * keep * up * f'(gate). all [N,
// F].
void GatedProductGradient(GateFunction function, ConstMatrixView gate, ConstMatrixView up,
                          std::span<const float> keep, ConstMatrixView d_out, MatrixView d_gate,
                          MatrixView d_up);

// Of ApplyRope, in place: the rotation back (scaled as the rotation is).
void ApplyRopeGradient(const RopeTable& table, std::span<const int32_t> positions, int64_t heads,
                       int64_t head_dim, MatrixView d_x);

// Of SoftCapInPlace, in place: d *= 1 - (capped / cap)^2; `capped` is the operation's output.
void SoftCapGradient(float cap, std::span<const float> capped, std::span<float> d);

// Of weight * log p(token), p = softmax(logits) of one row, left in the logits' place:
// weight * (1 at token, else 0) - weight * p.
void LogProbabilityGradient(float weight, int64_t token, std::span<float> logits);

}  // namespace fairprune::compute
