// Static (data-free) importance of GLU neurons and the published fairness score.
// Formulas, shapes and sources: docs/methods.md, "Static importance", "The published fairness
// score".
#pragma once

#include <string_view>
#include <vector>

#include "attribution/activation_analysis.h"
#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {

enum class ImportanceMethod {
  kMaw,  // (max + |min|) of the gate row + the same of the up row; "PPM" is the same method
  kVow,  // variance of the gate row + variance of the up row, both unbiased
  kPon,  // L1 norm of the gate row * L1 norm of the up row
  kL2,   // L2 norm of the gate row + L2 norm of the up row
};
std::string_view NameOf(ImportanceMethod method);  // "MAW", "VOW", "PON", "L2"
// Upper or lower case; "PPM" is MAW. Errors: kInvalidArgument, listing the names.
Result<ImportanceMethod> ParseImportanceMethod(std::string_view name);

// One layer: [F] from the rows of gate_proj and up_proj, both [F, D] f32. High = keep. Equal to
// OptiPFair 0.4.2 within 1e-6 relative (MAW: to the bit). Errors: kMismatch (shapes differ),
// kInvalidArgument (no columns; one column with VOW), kBadFormat (a weight that is not finite; row
// and column named).
Result<std::vector<float>> NeuronImportance(ConstMatrixView gate, ConstMatrixView up,
                                            ImportanceMethod method);

// [L, F] from the gate and up weights of every layer; reads one layer at a time. Errors: those of
// NeuronImportance and of reading the weights, with the layer in front.
Result<Tensor> ComputeImportance(const Model& model, ImportanceMethod method);

// [L, F]: OptiPFair's compute_fairness_pruning_scores. High = prune first.
//   bias_weight * Normalize((gate + up) / 2) + (1 - bias_weight) * (1 - Normalize(importance)),
// Normalize = min-max within each layer. `gate_difference`, `up_difference` [L, F]: mean activation
// differences at the gate and up sites; `importance` [L, F]: MAW in the published method.
// Errors: kMismatch (shapes), kInvalidArgument (bias_weight outside [0, 1], a value that is not
// finite).
Result<Tensor> FairnessScores(const Tensor& gate_difference, const Tensor& up_difference,
                              const Tensor& importance, double bias_weight);

}  // namespace fairprune
