// A plan: which neurons of which model are to go, each with its score (plan.json, docs/methods.md).
//
//   FP_ASSIGN_OR_RETURN(plan.neurons, SelectNeurons(scores, {.count = 128, .max_per_layer = 16}));
//   FP_RETURN_IF_ERROR(WriteFileAtomically(path, PlanToJson(plan)));
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forward/neuron_mask.h"
#include "model/model_config.h"
#include "tensor/tensor.h"

namespace fairprune {

struct PlannedNeuron {
  int32_t layer = 0;
  int32_t neuron = 0;
  double score = 0;  // high = prune first; finite
  bool operator==(const PlannedNeuron&) const = default;
};

struct Plan {
  std::string model_hash;  // Checkpoint::ContentHash of the model it was made for
  std::string model_path;  // as given, for people
  int64_t num_layers = 0, num_neurons_per_layer = 0;
  std::string method;                  // "fairness(bias_weight=0.8, importance=MAW)"
  std::vector<PlannedNeuron> neurons;  // in the order of taking: most wanted first
  // The last so many of `neurons` were added to bring every layer to one width.
  int64_t num_filled = 0;
  std::vector<int32_t> layers;  // those that go whole, ascending; none of `neurons` is in one
  // [L] or empty: per layer the neurons that would go next, in order, for a width that is rounded
  // down to a multiple (OptiPFair's rule). Disjoint from `neurons`.
  std::vector<std::vector<int32_t>> reserve;
  bool operator==(const Plan&) const = default;
};

// How many neurons to take, and from where. Exactly one of count and percentage.
struct SelectOptions {
  int64_t count = -1;      // neurons over all layers (or per layer with `per_layer`)
  double percentage = -1;  // of all eligible neurons (or of each layer with `per_layer`)
  bool per_layer = false;
  int64_t max_per_layer = -1;  // no limit
  std::vector<int32_t> excluded_layers;
};

// `scores`: [L, F], high = prune first. Result: by falling score over all layers; ties: lower
// layer, then lower neuron index first. A layer always keeps at least one neuron. A percentage is
// rounded down as OptiPFair does (NeuronsToKeep), and is an error when nothing is left of it.
// Errors: kInvalidArgument (options that contradict each other or the shape, a score that is not
// finite, more neurons than the layers may give; the message says how many they may).
Result<std::vector<PlannedNeuron>> SelectNeurons(const Tensor& scores,
                                                 const SelectOptions& options);

// Completes a choice so that each layer loses exactly `quota` neurons, layers that are excluded
// apart: those of `chosen` first, in their order; then, by falling score over all layers (ties:
// lower layer, then lower index), those of highest `fill` [L, F] that their layers have room for.
// Errors: kInvalidArgument (a layer with more than `quota` chosen neurons, or an excluded one with
// any; a quota that leaves no neuron; a score that is not finite, a neuron or layer out of range).
Result<std::vector<PlannedNeuron>> FillQuota(std::vector<PlannedNeuron> chosen, const Tensor& fill,
                                             int64_t quota,
                                             const std::vector<int32_t>& excluded_layers);

// [L]: per layer the `per_layer` highest-scored neurons (fewer if the layer has no more) that are
// not among `chosen`, in falling order of score; ties: lower index first. `scores`: [L, F].
std::vector<std::vector<int32_t>> ReserveNeurons(const Tensor& scores,
                                                 std::span<const PlannedNeuron> chosen,
                                                 int64_t per_layer);

// How many neurons OptiPFair keeps in a layer of `num_neurons` when asked for `percentage`, with
// the width rounded to a multiple of `divisor` (1: none). Rules in docs/methods.md. Errors:
// kInvalidArgument (ranges; a percentage above 0 that removes nothing).
Result<int64_t> NeuronsToKeep(int64_t num_neurons, double percentage, int64_t divisor);

// OptiPFair's percentage for a layer of `num_neurons` that is to be `expansion_rate` percent of
// `hidden_size` wide (its calculate_pruning_percentage_from_expansion_rate). Errors:
// kInvalidArgument (a rate that is not above 0, or would not make the layer narrower).
Result<double> PercentageOfExpansion(int64_t num_neurons, int64_t hidden_size,
                                     double expansion_rate);

// The per-layer choice of OptiPFair: indices kept (ascending) when `percentage` of a layer's
// neurons goes, by `importance` [F] (high = keep; ties: the lower index is kept). For scores where
// high = prune, OptiPFair's importance is 1 - score in f32. Errors: kInvalidArgument.
Result<std::vector<int32_t>> KeptNeurons(std::span<const float> importance, double percentage,
                                         int64_t divisor);

inline constexpr int64_t kPlanSchemaVersion = 1;

// JSON with one neuron a line; ParsePlan gives the plan back to the bit.
std::string PlanToJson(const Plan& plan);
// Errors name the file and the place: kNotFound, kIo, kBadFormat (a missing, unknown or
// ill-typed field, a neuron out of range or named twice), kUnsupported (another schema version).
Result<Plan> ReadPlan(const std::string& path);
// The same from memory; `source` names the text in errors.
Result<Plan> ParsePlan(std::string_view text, const std::string& source);

// kMismatch when the plan was made for another model (hash, layers or neurons).
Status CheckPlanFits(const Plan& plan, const std::string& model_hash, int64_t num_layers,
                     int64_t num_neurons_per_layer);

// A mask with the given neurons removed.
NeuronMask MaskOf(const ModelConfig& config, std::span<const PlannedNeuron> neurons);

}  // namespace fairprune
