// What a model does on a calibration text: how strongly each neuron answers, and how far each layer
// turns the residual stream. Both as OptiPFair 0.4.2 measures them; docs/methods.md, "Data-driven
// importance" and "Block importance".
//
//   FP_ASSIGN_OR_RETURN(TextScores text, MeasureOnText(engine, windows));
//   FP_ASSIGN_OR_RETURN(Tensor hybrid, HybridImportance(model, text.activation_norms));
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "model/model.h"
#include "scoring/progress.h"
#include "tensor/tensor.h"

namespace fairprune {

struct TextScores {
  // [L, F] sum over windows of the L2 norm of a neuron's activation (down_proj's input) over the
  // window's tokens.
  Tensor activation_norms;
  // [L] mean over windows of 1 - the mean over tokens of the cosine between a layer's input and its
  // output in the residual stream. 0: the layer turns nothing.
  std::vector<double> layer_importance;
};

// Runs every window (token ids, all of them read) on its own and measures. A window is what a batch
// of one text is there. Sums run in f64, in the order of the windows. Errors: kInvalidArgument (no
// window, an empty one), those of Engine::RunAll and of `progress` (in windows).
Result<TextScores> MeasureOnText(const Engine& engine,
                                 const std::vector<std::vector<int32_t>>& windows,
                                 const JobProgress& progress = {});

// [L, F], high = keep: OptiPFair's compute_neuron_pair_importance_maw_hybrid,
//   (P(gate) + P(up) + P(down)) * activation_norms,
// where P is max + |min| of a neuron's weights over the largest of its layer (+ 1e-8). Errors:
// kMismatch (a shape), kBadFormat (a weight that is not finite), those of LoadWeight.
Result<Tensor> HybridImportance(const Model& model, const Tensor& activation_norms);

}  // namespace fairprune
