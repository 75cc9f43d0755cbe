// Which neurons of each layer are cut and which are zeroed. Internal to this room.
#pragma once

#include "surgery/prune.h"

namespace fairprune {

struct PruneLayout {
  int64_t width_before = 0, width_after = 0;  // F of the input and of the output
  std::vector<std::vector<int32_t>> removed;  // [L], ascending
  std::vector<std::vector<int32_t>> zeroed;   // [L], ascending

  // For each of the layer's width_after neurons, the input's neuron, or -1 for a zeroed one.
  std::vector<int64_t> Sources(int64_t layer) const;
  bool Changes(int64_t layer) const;
};

// Errors: kInvalidArgument (round_to, fill_scores of another shape, a neuron named twice, no neuron
// left), kMismatch (a neuron that the model does not have).
Result<PruneLayout> LayOut(const Plan& plan, const ModelConfig& config,
                           const PruneOptions& options);

}  // namespace fairprune
