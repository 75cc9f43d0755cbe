// What the removal of single neurons costs on a neutral text.
#pragma once

#include <span>
#include <vector>

#include "attribution/gate_gradients.h"
#include "scoring/contrast.h"

namespace fairprune {

// To second order, nats per token, with the empirical Fisher matrix's diagonal in the Hessian's
// place: max(0, q - gradient + margin) + q, q = tokens * squares / 2. What seems to lower the loss
// is not trusted, and what weighs much costs something at any rate. `gradient` and `squares` are
// those of GateGradients over contrasts of TextLoss, of `tokens` tokens each.
inline double NeutralCost(double gradient, double margin, double squares, double tokens) {
  const double curvature = 0.5 * tokens * squares;
  const double first_order = curvature - gradient + margin;
  return (first_order > 0 ? first_order : 0.0) + curvature;
}

// The same of a neuron that is off, with `gradient` and `squares` measured there: how much lower
// the loss would be if it came back. From there the curvature is on the other side.
inline double NeutralCostOfOff(double gradient, double squares, double tokens) {
  return -gradient - 0.5 * tokens * squares;
}

struct NeutralCostOptions {
  double standard_errors = 1;  // added to the estimate
  int64_t batch_nodes = 0;     // tokens at a time; 0: what the engine takes well
  JobProgress progress;        // in windows
};

// [L, F] nats per token that the removal of each neuron adds to the loss of the text's windows.
// The engine must have been loaded with EngineOptions::gradient. Errors: those of TextLoss and
// DifferentiateContrasts.
Result<Tensor> MeasureNeutralCost(const Engine& engine, const std::vector<TokenRequest>& windows,
                                  const NeutralCostOptions& options = {});

}  // namespace fairprune
