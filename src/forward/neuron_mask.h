// Which neurons are switched off, without touching any weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fairprune {

// Multiplies the input of down_proj, [L, F]: 1 keeps a neuron, 0 removes it, what lies between
// weakens it.
class NeuronMask {
 public:
  // All neurons kept.
  NeuronMask(int64_t num_layers, int64_t num_neurons);
  // Layer and neuron must be in range.
  void Remove(int64_t layer, int64_t neuron);
  void Restore(int64_t layer, int64_t neuron);
  void Scale(int64_t layer, int64_t neuron, float factor);
  bool removed(int64_t layer, int64_t neuron) const;
  int64_t num_removed() const;
  // The layer's factors, [F]; empty if all are 1.
  std::span<const float> keep(int64_t layer) const;
  int64_t num_layers() const { return num_layers_; }
  int64_t num_neurons() const { return num_neurons_; }

 private:
  size_t Index(int64_t layer, int64_t neuron) const;
  int64_t num_layers_, num_neurons_;
  std::vector<float> keep_;             // [L, F]
  std::vector<int64_t> changed_count_;  // [L] factors that are not 1
};

}  // namespace fairprune
