// Random choices of neurons that a real choice must beat: as many from every layer, and each in the
// place of a chosen neuron that costs about the same on neutral text.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forward/neuron_mask.h"
#include "selection/plan.h"

namespace fairprune {

struct ControlOptions {
  int64_t count = 20;  // R
  uint64_t seed = 1;
  // A control neuron is drawn from those whose neutral costs are nearest in rank to the chosen
  // neuron's: this many on either side, more where too few are free.
  int64_t neighbours = 32;
};

// R masks. `neutral_cost`: [L * F], any unit. No control has a chosen neuron, none a neuron twice
// (unless a layer has more chosen neurons than others: then all the others are off). Deterministic
// for a seed.
std::vector<NeuronMask> RandomControls(int64_t num_layers, int64_t num_neurons,
                                       std::span<const PlannedNeuron> chosen,
                                       std::span<const double> neutral_cost,
                                       const ControlOptions& options);

}  // namespace fairprune
