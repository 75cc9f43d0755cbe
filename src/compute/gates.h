// The gate of a gated MLP: an activation function of gate_proj's output times up_proj's.
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace fairprune::compute {

enum class GateFunction {
  kSilu,      // x / (1 + exp(-x))
  kGeluTanh,  // x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
  kGelu,      // x/2 * (1 + erf(x / sqrt(2)))
};

// out = function(gate) * up, per element; all [N, F].
// `keep` [F] multiplies the columns (empty: none): the neuron mask.
// Within 1e-6 * |gate * up| of the exact value.
// Source: Shazeer 2020, eq. 6 (SwiGLU and GEGLU without their last product); Hendrycks & Gimpel
// 2016 (GELU and its tanh form).
void GatedProduct(GateFunction function, ConstMatrixView gate, ConstMatrixView up,
                  std::span<const float> keep, MatrixView out);

}  // namespace fairprune::compute
