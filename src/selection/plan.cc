#include "selection/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fairprune {
namespace {

// int(percentage / 100 * total) as OptiPFair computes it: two f64 roundings, then truncation.
int64_t PercentageOf(double percentage, int64_t total) {
  return static_cast<int64_t>(percentage / 100 * static_cast<double>(total));
}

Status CheckPercentage(double percentage) {
  if (percentage >= 0 && percentage <= 100) return {};
  return Fail(ErrorCode::kInvalidArgument, "percentage is {}, expected 0 to 100", percentage);
}

// What the options allow: which layers may give, how many each, how many are asked for.
struct Budget {
  std::vector<bool> excluded;  // [L]
  int64_t num_eligible_layers = 0;
  int64_t layer_capacity = 0;  // neurons that one eligible layer may give
  int64_t wanted = 0;          // over all layers, or of each layer
};

Status CheckScores(const Tensor& scores) {
  if (scores.shape().size() != 2 || scores.size() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "scores are {}, expected [layers, neurons]",
                ToString(scores.shape()));
  }
  const auto values = scores.span();
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == values.end()) return {};
  const int64_t idx = bad - values.begin(), num_neurons = scores.shape()[1];
  return Fail(ErrorCode::kInvalidArgument,
              "score of layer {}, neuron {} is {}, expected a finite number", idx / num_neurons,
              idx % num_neurons, *bad);
}

Status CheckOptions(const SelectOptions& options) {
  const bool by_count = options.count != -1, by_percentage = options.percentage != -1;
  if (by_count == by_percentage) {
    return Fail(ErrorCode::kInvalidArgument, "{} of count and percentage given, expected one",
                by_count ? "both" : "neither");
  }
  if (by_count && options.count < 0) {
    return Fail(ErrorCode::kInvalidArgument, "count is {}, expected 0 or more", options.count);
  }
  if (by_percentage) FP_RETURN_IF_ERROR(CheckPercentage(options.percentage));
  if (options.max_per_layer != -1 && options.max_per_layer < 1) {
    return Fail(ErrorCode::kInvalidArgument, "max_per_layer is {}, expected 1 or more",
                options.max_per_layer);
  }
  return {};
}

Result<std::vector<bool>> ExcludedLayers(const SelectOptions& options, int64_t num_layers) {
  std::vector<bool> excluded(static_cast<size_t>(num_layers), false);
  for (const int32_t layer : options.excluded_layers) {
    if (layer < 0 || layer >= num_layers) {
      return Fail(ErrorCode::kInvalidArgument, "excluded layer {} is outside 0 to {}", layer,
                  num_layers - 1);
    }
    excluded[static_cast<size_t>(layer)] = true;
  }
  return excluded;
}

// Neurons asked for, over all layers or of each. `num_scopes` layers of `num_neurons` each.
Result<int64_t> Wanted(const SelectOptions& options, int64_t num_scopes, int64_t num_neurons) {
  if (options.count != -1) return options.count;
  const int64_t total = num_scopes * num_neurons;
  const int64_t wanted =
      std::min(PercentageOf(options.percentage, total), num_scopes * (num_neurons - 1));
  if (options.percentage > 0 && wanted == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} % of {} neurons is none; ask for more, or for a count", options.percentage,
                total);
  }
  return wanted;
}

Result<Budget> MakeBudget(const Tensor& scores, const SelectOptions& options) {
  const int64_t num_layers = scores.shape()[0], num_neurons = scores.shape()[1];
  Budget budget;
  FP_ASSIGN_OR_RETURN(budget.excluded, ExcludedLayers(options, num_layers));
  budget.num_eligible_layers = std::count(budget.excluded.begin(), budget.excluded.end(), false);
  budget.layer_capacity = num_neurons - 1;
  if (options.max_per_layer != -1) {
    budget.layer_capacity = std::min(budget.layer_capacity, options.max_per_layer);
  }
  const int64_t num_scopes = options.per_layer ? 1 : budget.num_eligible_layers;
  FP_ASSIGN_OR_RETURN(budget.wanted, Wanted(options, num_scopes, num_neurons));
  const int64_t available = num_scopes * budget.layer_capacity;
  if (budget.wanted > available || (budget.wanted > 0 && budget.num_eligible_layers == 0)) {
    return Fail(ErrorCode::kInvalidArgument,
                "asked for {} neurons {}, and at most {} may go ({} layers of {}, at most {} each)",
                budget.wanted, options.per_layer ? "per layer" : "in all",
                budget.num_eligible_layers == 0 ? 0 : available, budget.num_eligible_layers,
                num_neurons, budget.layer_capacity);
  }
  return budget;
}

bool TakenBefore(const PlannedNeuron& a, const PlannedNeuron& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.layer != b.layer ? a.layer < b.layer : a.neuron < b.neuron;
}

}  // namespace

Result<std::vector<PlannedNeuron>> SelectNeurons(const Tensor& scores,
                                                 const SelectOptions& options) {
  FP_RETURN_IF_ERROR(CheckOptions(options));
  FP_RETURN_IF_ERROR(CheckScores(scores));
  FP_ASSIGN_OR_RETURN(const Budget budget, MakeBudget(scores, options));
  const int64_t num_neurons = scores.shape()[1];
  const int64_t per_layer = std::min(budget.wanted, budget.layer_capacity);
  const int64_t in_all =
      options.per_layer ? budget.wanted * budget.num_eligible_layers : budget.wanted;

  // The best `per_layer` of every layer hold the best `in_all` of the whole under that limit.
  std::vector<PlannedNeuron> candidates, layer_neurons(static_cast<size_t>(num_neurons));
  for (int32_t layer = 0; layer < scores.shape()[0]; ++layer) {
    if (budget.excluded[static_cast<size_t>(layer)]) continue;
    const float* row = scores.matrix().row(layer);
    for (int32_t i = 0; i < num_neurons; ++i) {
      layer_neurons[static_cast<size_t>(i)] = {layer, i, row[i]};
    }
    const auto end = layer_neurons.begin() + per_layer;
    std::partial_sort(layer_neurons.begin(), end, layer_neurons.end(), TakenBefore);
    candidates.insert(candidates.end(), layer_neurons.begin(), end);
  }
  std::sort(candidates.begin(), candidates.end(), TakenBefore);
  candidates.resize(static_cast<size_t>(in_all));
  return candidates;
}

Result<int64_t> NeuronsToKeep(int64_t num_neurons, double percentage, int64_t divisor) {
  FP_RETURN_IF_ERROR(CheckPercentage(percentage));
  if (num_neurons < 1 || divisor < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} neurons and divisor {}, expected 1 or more of each", num_neurons, divisor);
  }
  int64_t keep = num_neurons - std::min(PercentageOf(percentage, num_neurons), num_neurons - 1);
  keep = std::max<int64_t>(keep / divisor * divisor, 1);
  if (percentage > 0 && keep >= num_neurons) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} % of {} neurons removes none; raise the percentage", percentage, num_neurons);
  }
  return keep;
}

Result<double> PercentageOfExpansion(int64_t num_neurons, int64_t hidden_size,
                                     double expansion_rate) {
  const double target = expansion_rate / 100 * static_cast<double>(hidden_size);
  const auto width = static_cast<double>(num_neurons);
  if (!(expansion_rate > 0) || target >= width) {
    return Fail(ErrorCode::kInvalidArgument,
                "an expansion rate of {} %: expected above 0 and below {:.6g} %, which the model's "
                "{} neurons for a width of {} are",
                expansion_rate, width / static_cast<double>(hidden_size) * 100, num_neurons,
                hidden_size);
  }
  return (1 - target / width) * 100;
}

Result<std::vector<int32_t>> KeptNeurons(std::span<const float> importance, double percentage,
                                         int64_t divisor) {
  const auto num_neurons = static_cast<int64_t>(importance.size());
  FP_ASSIGN_OR_RETURN(const int64_t keep, NeuronsToKeep(num_neurons, percentage, divisor));
  for (size_t i = 0; i < importance.size(); ++i) {
    if (std::isfinite(importance[i])) continue;
    return Fail(ErrorCode::kInvalidArgument,
                "importance of neuron {} is {}, expected a finite number", i, importance[i]);
  }
  std::vector<int32_t> kept(importance.size());
  std::iota(kept.begin(), kept.end(), 0);
  const auto kept_before = [&](int32_t a, int32_t b) {
    const float value_a = importance[static_cast<size_t>(a)];
    const float value_b = importance[static_cast<size_t>(b)];
    return value_a != value_b ? value_a > value_b : a < b;
  };
  std::partial_sort(kept.begin(), kept.begin() + keep, kept.end(), kept_before);
  kept.resize(static_cast<size_t>(keep));
  std::sort(kept.begin(), kept.end());
  return kept;
}

Status CheckPlanFits(const Plan& plan, const std::string& model_hash, int64_t num_layers,
                     int64_t num_neurons_per_layer) {
  if (plan.num_layers != num_layers || plan.num_neurons_per_layer != num_neurons_per_layer) {
    return Fail(ErrorCode::kMismatch,
                "the plan is for {} layers of {} neurons ({}), and the model has {} of {}",
                plan.num_layers, plan.num_neurons_per_layer, plan.model_path, num_layers,
                num_neurons_per_layer);
  }
  if (plan.model_hash != model_hash) {
    return Fail(ErrorCode::kMismatch,
                "the plan is for the model with hash {} ({}), and this one's is {}; "
                "make a plan for this model",
                plan.model_hash, plan.model_path, model_hash);
  }
  return {};
}

NeuronMask MaskOf(const ModelConfig& config, std::span<const PlannedNeuron> neurons) {
  NeuronMask mask(config.num_layers, config.intermediate_size);
  for (const PlannedNeuron& neuron : neurons) mask.Remove(neuron.layer, neuron.neuron);
  return mask;
}

}  // namespace fairprune
