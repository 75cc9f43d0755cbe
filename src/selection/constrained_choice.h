// Which neurons to switch off, given what each is estimated to gain and to cost: the most gain
// within a number of neurons and within limits of several costs at once. One round of the search
// that measures, estimates, chooses and measures again (selection/attribution_search.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairprune {

// A cost with a limit: the loss on neutral text, a preference that must stay.
struct CostLimit {
  std::string name;
  std::vector<double> cost;  // [N] of switching the neuron off; negative where that helps
  double spent = 0;          // measured, with the neurons that are off now
  double limit = 0;          // of what may be spent in the end
};

struct ChoiceProblem {
  std::vector<double> gain;  // [N] of switching the neuron off (of its being off)
  std::vector<CostLimit> costs;
  std::vector<uint8_t> off;  // [N] 1: switched off now
  int64_t count = 0;         // how many may be off
  // How many may change sides: estimates hold near what was measured only.
  int64_t max_changes = 0;
};

struct Choice {
  std::vector<uint8_t> off;  // [N]
  // What changes sides, most valuable change first: neurons that go off, and those that come back.
  std::vector<size_t> changes;
  std::vector<double> prices;         // per cost, in gain per unit: the multipliers of the choice
  std::vector<double> expected_cost;  // per cost: spent + the estimates of what changed
  double expected_gain = 0;           // of what changed
};

// Lagrangian relaxation: with a price on every cost, a neuron is worth gain - sum of price * cost.
// The most valuable come in, those of least value go out (a neuron of negative value never stays).
// Where a limit would be passed without prices, 200 updates move them towards the least of the dual
// function: each is multiplied by exp of a falling step times its cost's excess, in limits. What is
// chosen at every price is made to fit (what relieves the limits most for its value stays out, what
// fits comes in), and the best of these stands: of most gain within the limits, or nearest to them
// where none is within. Deterministic; ties: the lower index comes in first.
// Source: Fisher 1981, "The Lagrangian Relaxation Method for Solving Integer Programming Problems".
Choice ChooseWithinLimits(const ChoiceProblem& problem);

}  // namespace fairprune
