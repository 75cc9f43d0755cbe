#include "forward/neuron_mask.h"

#include <algorithm>

#include "base/check.h"

namespace fairprune {

NeuronMask::NeuronMask(int64_t num_layers, int64_t num_neurons)
    : num_layers_(num_layers),
      num_neurons_(num_neurons),
      keep_(static_cast<size_t>(num_layers * num_neurons), 1.0F),
      changed_count_(static_cast<size_t>(num_layers), 0) {}

size_t NeuronMask::Index(int64_t layer, int64_t neuron) const {
  FP_CHECK(layer >= 0 && layer < num_layers_, "NeuronMask: no such layer");
  FP_CHECK(neuron >= 0 && neuron < num_neurons_, "NeuronMask: no such neuron");
  return static_cast<size_t>(layer * num_neurons_ + neuron);
}

void NeuronMask::Remove(int64_t layer, int64_t neuron) { Scale(layer, neuron, 0.0F); }

void NeuronMask::Restore(int64_t layer, int64_t neuron) { Scale(layer, neuron, 1.0F); }

void NeuronMask::Scale(int64_t layer, int64_t neuron, float factor) {
  float& keep = keep_[Index(layer, neuron)];
  int64_t& changed = changed_count_[static_cast<size_t>(layer)];
  if (keep != 1.0F) --changed;
  if (factor != 1.0F) ++changed;
  keep = factor;
}

bool NeuronMask::removed(int64_t layer, int64_t neuron) const {
  return keep_[Index(layer, neuron)] == 0.0F;
}

int64_t NeuronMask::num_removed() const { return std::ranges::count(keep_, 0.0F); }

std::span<const float> NeuronMask::keep(int64_t layer) const {
  if (changed_count_[static_cast<size_t>(layer)] == 0) return {};
  return {keep_.data() + Index(layer, 0), static_cast<size_t>(num_neurons_)};
}

}  // namespace fairprune
