// Static (data-free) importance of GLU neurons and the published fairness score.
#pragma once

#include <string_view>

#include "attribution/activation_analysis.h"
#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {

enum class ImportanceMethod { kMaw, kVow, kPon, kL2 };
std::string_view NameOf(ImportanceMethod method);  // "MAW", "VOW", "PON", "L2"
Result<ImportanceMethod> ParseImportanceMethod(std::string_view name);

// [L, F] from the gate and up weights, formulas in docs/methods.md, equal to OptiPFair 0.4.2.
Result<Tensor> ComputeImportance(const Model& model, ImportanceMethod method);

// [L, F]: OptiPFair's compute_fairness_pruning_scores. High = prune first.
Result<Tensor> FairnessScores(const Tensor& gate_difference, const Tensor& up_difference,
                              const Tensor& importance, double bias_weight);

}  // namespace fairprune
