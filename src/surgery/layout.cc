#include "surgery/layout.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "surgery/compensation.h"

namespace fairprune {
namespace {

using PerLayer = std::vector<std::vector<int32_t>>;

// The plan's neurons by layer, most wanted first.
Result<PerLayer> ByLayer(const Plan& plan, const ModelConfig& config) {
  PerLayer layers(static_cast<size_t>(config.num_layers));
  std::vector<bool> seen(static_cast<size_t>(config.num_layers * config.intermediate_size));
  for (const PlannedNeuron& planned : plan.neurons) {
    if (planned.layer < 0 || planned.layer >= config.num_layers || planned.neuron < 0 ||
        planned.neuron >= config.intermediate_size)
      return Fail(ErrorCode::kMismatch,
                  "plan: neuron {} of layer {}: the model has {} layers of {} neurons",
                  planned.neuron, planned.layer, config.num_layers, config.intermediate_size);
    const auto flat =
        static_cast<size_t>(planned.layer * config.intermediate_size + planned.neuron);
    if (seen[flat])
      return Fail(ErrorCode::kInvalidArgument, "plan: neuron {} of layer {} is named twice",
                  planned.neuron, planned.layer);
    seen[flat] = true;
    layers[static_cast<size_t>(planned.layer)].push_back(planned.neuron);
  }
  return layers;
}

// The layers that go whole, checked.
Result<std::vector<int32_t>> DroppedLayers(const Plan& plan, const PerLayer& planned) {
  int32_t previous = -1;
  for (const int32_t layer : plan.layers) {
    if (layer <= previous || layer >= std::ssize(planned) || plan.layers.size() >= planned.size())
      return Fail(ErrorCode::kMismatch,
                  "plan: layers [{}]: expected ascending layers from 0 to {}, not all of them",
                  fmt::join(plan.layers, ", "), planned.size() - 1);
    if (!planned[static_cast<size_t>(layer)].empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "plan: takes layer {} whole, and {} neurons of it besides", layer,
                  planned[static_cast<size_t>(layer)].size());
    previous = layer;
  }
  return plan.layers;
}

// How many neurons each layer loses by being cut.
using Counts = std::vector<int64_t>;

// Lengthens every layer's list to its count by the plan's reserve.
Status FillFromReserve(const Plan& plan, int64_t num_neurons, const Counts& counts,
                       PerLayer& layers) {
  if (plan.reserve.size() != layers.size())
    return Fail(ErrorCode::kMismatch, "plan: a reserve for {} layers, the model has {}",
                plan.reserve.size(), layers.size());
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    const std::vector<int32_t>& reserve = plan.reserve[layer];
    const int64_t count = counts[layer];
    if (count <= std::ssize(layers[layer])) continue;
    const auto missing = static_cast<size_t>(count) - layers[layer].size();
    if (missing > reserve.size())
      return Fail(ErrorCode::kInvalidArgument,
                  "plan: layer {} must lose {} neurons, the plan and its reserve name {}; select "
                  "more neurons or round to a smaller multiple",
                  layer, count, layers[layer].size() + reserve.size());
    for (size_t i = 0; i < missing; ++i) {
      if (reserve[i] < 0 || reserve[i] >= num_neurons ||
          std::ranges::find(layers[layer], reserve[i]) != layers[layer].end())
        return Fail(ErrorCode::kMismatch,
                    "plan: the reserve of layer {} has neuron {}, which the model does not have or "
                    "the plan takes already",
                    layer, reserve[i]);
      layers[layer].push_back(reserve[i]);
    }
  }
  return {};
}

// Lengthens every layer's list to its count by the highest scores (ties: lower index first).
void FillUp(std::span<const float> scores, int64_t num_neurons, const Counts& counts,
            PerLayer& layers) {
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    const int64_t count = counts[layer];
    if (count <= std::ssize(layers[layer])) continue;
    std::vector<bool> taken(static_cast<size_t>(num_neurons));
    for (const int32_t neuron : layers[layer]) taken[static_cast<size_t>(neuron)] = true;
    std::vector<int32_t> others;
    for (int32_t neuron = 0; neuron < num_neurons; ++neuron)
      if (!taken[static_cast<size_t>(neuron)]) others.push_back(neuron);
    const auto row = scores.subspan(layer * static_cast<size_t>(num_neurons));
    std::ranges::stable_sort(others, std::ranges::greater{},
                             [&](int32_t neuron) { return row[static_cast<size_t>(neuron)]; });
    const auto missing = static_cast<size_t>(count) - layers[layer].size();
    layers[layer].insert(layers[layer].end(), others.begin(),
                         others.begin() + static_cast<int64_t>(missing));
  }
}

Status CheckOptions(const ModelConfig& config, const PruneOptions& options) {
  if (options.round_to < 1)
    return Fail(ErrorCode::kInvalidArgument, "round_to is {}; expected 1 or more",
                options.round_to);
  const auto num_neurons = static_cast<size_t>(config.num_layers * config.intermediate_size);
  if (!options.fill_scores.empty() && options.fill_scores.size() != num_neurons)
    return Fail(ErrorCode::kInvalidArgument, "fill_scores has {} values; expected [{}, {}]",
                options.fill_scores.size(), config.num_layers, config.intermediate_size);
  return {};
}

// The width that is left where at least `fewest` and at most `most` neurons are planned.
Result<int64_t> WidthLeft(int64_t fewest, int64_t most, int64_t width, int64_t step,
                          bool may_fill) {
  int64_t left = 0;
  if (!may_fill) {  // up: no neuron goes that was not planned
    left = std::min(width, (width - fewest + step - 1) / step * step);
  } else if (most == 0) {  // an empty plan changes nothing
    left = width;
  } else {  // down: every planned neuron goes
    left = (width - most) / step * step;
  }
  if (left < 1)
    return Fail(ErrorCode::kInvalidArgument,
                "the plan takes {} to {} of each layer's {} neurons: with round_to {} none would "
                "be left; plan fewer or zero them instead",
                fewest, most, width, step);
  return left;
}

// How many neurons are cut out of each layer; 0 of those that go whole.
Result<Counts> CutCounts(const PerLayer& planned, const PruneLayout& layout,
                         const PruneOptions& options, bool may_fill) {
  const int64_t width = layout.width_before;
  Counts counts(planned.size());
  int64_t fewest = width, most = 0;
  for (size_t layer = 0; layer < planned.size(); ++layer) {
    if (layout.Drops(static_cast<int64_t>(layer))) continue;
    const auto count = std::ssize(planned[layer]);
    fewest = std::min(fewest, count);
    most = std::max(most, count);
    if (options.widths == PruneWidths::kCommon) continue;
    FP_ASSIGN_OR_RETURN(const int64_t left,
                        WidthLeft(count, count, width, options.round_to, may_fill));
    counts[layer] = width - left;
  }
  if (options.widths == PruneWidths::kPerLayer) return counts;
  FP_ASSIGN_OR_RETURN(const int64_t left,
                      WidthLeft(fewest, most, width, options.round_to, may_fill));
  for (size_t layer = 0; layer < planned.size(); ++layer)
    counts[layer] = layout.Drops(static_cast<int64_t>(layer)) ? 0 : width - left;
  return counts;
}

// Whether a compensation was computed for these neurons.
Status CheckMixes(const PruneLayout& layout) {
  for (size_t layer = 0; layer < layout.removed.size(); ++layer) {
    std::vector<int64_t> taken(layout.removed[layer].begin(), layout.removed[layer].end());
    taken.insert(taken.end(), layout.zeroed[layer].begin(), layout.zeroed[layer].end());
    std::ranges::sort(taken);
    const ColumnMix* mix =
        layout.mixes.size() == layout.removed.size() ? layout.mixes[layer].get() : nullptr;
    if (taken != (mix == nullptr ? std::vector<int64_t>() : mix->taken))
      return Fail(ErrorCode::kMismatch,
                  "the compensation of layer {} is for other neurons than the plan takes", layer);
  }
  return {};
}

}  // namespace

bool PruneLayout::Drops(int64_t layer) const {
  return std::ranges::binary_search(dropped, static_cast<int32_t>(layer));
}

std::vector<int32_t> PruneLayout::KeptLayers() const {
  std::vector<int32_t> kept;
  for (int32_t layer = 0; layer < std::ssize(removed); ++layer)
    if (!Drops(layer)) kept.push_back(layer);
  return kept;
}

int32_t PruneLayout::LayerAfter(int32_t layer) const {
  return layer - static_cast<int32_t>(std::ranges::lower_bound(dropped, layer) - dropped.begin());
}

int64_t PruneLayout::WidthAfter(int64_t layer) const {
  return width_before - std::ssize(removed[static_cast<size_t>(layer)]);
}

bool PruneLayout::IsUneven() const {
  return std::ranges::any_of(KeptLayers(),
                             [&](int32_t layer) { return WidthAfter(layer) != width_after; });
}

std::vector<int64_t> PruneLayout::Sources(int64_t layer) const {
  enum : uint8_t { kKept, kZeroed, kRemoved };
  std::vector<uint8_t> fate(static_cast<size_t>(width_before), kKept);
  for (const int32_t neuron : zeroed[static_cast<size_t>(layer)])
    fate[static_cast<size_t>(neuron)] = kZeroed;
  for (const int32_t neuron : removed[static_cast<size_t>(layer)])
    fate[static_cast<size_t>(neuron)] = kRemoved;
  std::vector<int64_t> sources;
  sources.reserve(static_cast<size_t>(WidthAfter(layer)));
  for (int64_t neuron = 0; neuron < width_before; ++neuron)
    if (fate[static_cast<size_t>(neuron)] != kRemoved)
      sources.push_back(fate[static_cast<size_t>(neuron)] == kZeroed ? -1 : neuron);
  return sources;
}

bool PruneLayout::Changes(int64_t layer) const {
  return !removed[static_cast<size_t>(layer)].empty() ||
         !zeroed[static_cast<size_t>(layer)].empty();
}

Result<PruneLayout> LayOut(const Plan& plan, const ModelConfig& config,
                           const PruneOptions& options) {
  FP_RETURN_IF_ERROR(CheckOptions(config, options));
  if (!config.layer_widths.empty())
    return Fail(ErrorCode::kUnsupported,
                "the model's layers have different widths already; prune the model that it was "
                "made of");
  FP_ASSIGN_OR_RETURN(PerLayer planned, ByLayer(plan, config));
  PruneLayout layout;
  layout.width_before = layout.width_after = config.intermediate_size;
  layout.removed.resize(planned.size());
  layout.zeroed.resize(planned.size());
  FP_ASSIGN_OR_RETURN(layout.dropped, DroppedLayers(plan, planned));
  Counts counts(planned.size());
  if (options.mode == PruneMode::kRemove) {
    const bool from_reserve = options.fill_scores.empty() && !plan.reserve.empty();
    FP_ASSIGN_OR_RETURN(
        counts, CutCounts(planned, layout, options, from_reserve || !options.fill_scores.empty()));
    if (from_reserve) {
      FP_RETURN_IF_ERROR(FillFromReserve(plan, config.intermediate_size, counts, planned));
    } else if (!options.fill_scores.empty()) {
      FillUp(options.fill_scores, config.intermediate_size, counts, planned);
    }
  }
  layout.width_after = 0;
  for (size_t layer = 0; layer < planned.size(); ++layer) {
    const auto middle = planned[layer].begin() + counts[layer];
    layout.removed[layer].assign(planned[layer].begin(), middle);
    layout.zeroed[layer].assign(middle, planned[layer].end());
    std::ranges::sort(layout.removed[layer]);
    std::ranges::sort(layout.zeroed[layer]);
    if (!layout.Drops(static_cast<int64_t>(layer)))
      layout.width_after =
          std::max(layout.width_after, layout.WidthAfter(static_cast<int64_t>(layer)));
  }
  if (options.compensation == nullptr) return layout;
  layout.mixes = options.compensation->mixes;
  FP_RETURN_IF_ERROR(CheckMixes(layout));
  return layout;
}

}  // namespace fairprune
