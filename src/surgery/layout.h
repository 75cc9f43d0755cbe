// Which neurons of each layer are cut and which are zeroed. Internal to this room.
#pragma once

#include <memory>

#include "surgery/prune.h"
#include "surgery/tensor_edit.h"

namespace fairprune {

struct PruneLayout {
  int64_t width_before = 0, width_after = 0;  // F of the input and of the output (its widest layer)
  std::vector<std::vector<int32_t>> removed;  // [L], ascending
  std::vector<std::vector<int32_t>> zeroed;   // [L], ascending
  std::vector<int32_t> dropped;               // layers of the input that go whole, ascending
  // [L], or empty: what is added to down_proj's columns; nullptr: nothing.
  std::vector<std::shared_ptr<const ColumnMix>> mixes;

  // Layers are numbered as the input has them. L' is how many the output has.
  int64_t num_layers_after() const { return std::ssize(removed) - std::ssize(dropped); }
  bool Drops(int64_t layer) const;
  std::vector<int32_t> KeptLayers() const;  // [L'], ascending
  int32_t LayerAfter(int32_t layer) const;  // of a kept layer: its number in the output
  int64_t WidthAfter(int64_t layer) const;  // neurons of a kept layer in the output
  // Whether layers of the output have different widths.
  bool IsUneven() const;
  // For each of the layer's neurons in the output, the input's neuron, or -1 for a zeroed one.
  std::vector<int64_t> Sources(int64_t layer) const;
  bool Changes(int64_t layer) const;
  std::shared_ptr<const ColumnMix> MixOf(int64_t layer) const {
    return mixes.empty() ? nullptr : mixes[static_cast<size_t>(layer)];
  }
};

// Errors: kInvalidArgument (round_to, fill_scores of another shape, a neuron named twice, no neuron
// left), kMismatch (a neuron that the model does not have; a compensation for other neurons).
Result<PruneLayout> LayOut(const Plan& plan, const ModelConfig& config,
                           const PruneOptions& options);

}  // namespace fairprune
