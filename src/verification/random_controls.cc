#include "verification/random_controls.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// One layer's neurons by their neutral cost.
struct Ranking {
  std::vector<int32_t> order;  // [F] neurons by rising cost
  std::vector<int64_t> rank;   // [F] place of each in `order`
};

Ranking Rank(std::span<const double> cost) {
  Ranking ranking;
  ranking.order.resize(cost.size());
  std::iota(ranking.order.begin(), ranking.order.end(), 0);
  std::ranges::stable_sort(ranking.order, [&](int32_t a, int32_t b) {
    return cost[static_cast<size_t>(a)] < cost[static_cast<size_t>(b)];
  });
  ranking.rank.resize(cost.size());
  for (size_t i = 0; i < cost.size(); ++i) {
    ranking.rank[static_cast<size_t>(ranking.order[i])] = static_cast<int64_t>(i);
  }
  return ranking;
}

// A free neuron near `neuron` in rank; -1 where none is free.
int32_t Draw(const Ranking& ranking, int32_t neuron, const std::vector<uint8_t>& taken,
             int64_t neighbours, RandomSource& random) {
  const auto size = std::ssize(ranking.order);
  const int64_t place = ranking.rank[static_cast<size_t>(neuron)];
  for (int64_t reach = neighbours;; reach *= 2) {
    std::vector<int32_t> free;
    for (int64_t i = std::max<int64_t>(0, place - reach); i < std::min(size, place + reach + 1);
         ++i) {
      const int32_t candidate = ranking.order[static_cast<size_t>(i)];
      if (taken[static_cast<size_t>(candidate)] == 0) free.push_back(candidate);
    }
    if (!free.empty()) return free[static_cast<size_t>(random.Below(std::ssize(free)))];
    if (reach >= size) return -1;
  }
}

}  // namespace

std::vector<NeuronMask> RandomControls(int64_t num_layers, int64_t num_neurons,
                                       std::span<const PlannedNeuron> chosen,
                                       std::span<const double> neutral_cost,
                                       const ControlOptions& options) {
  FP_CHECK(std::ssize(neutral_cost) == num_layers * num_neurons, "a neutral cost for every neuron");
  const auto width = static_cast<size_t>(num_neurons);
  std::vector<Ranking> rankings;
  std::vector<std::vector<uint8_t>> is_chosen(static_cast<size_t>(num_layers),
                                              std::vector<uint8_t>(width));
  for (int64_t layer = 0; layer < num_layers; ++layer) {
    rankings.push_back(Rank(neutral_cost.subspan(static_cast<size_t>(layer) * width, width)));
  }
  for (const PlannedNeuron& n : chosen) {
    is_chosen[static_cast<size_t>(n.layer)][static_cast<size_t>(n.neuron)] = 1;
  }
  RandomSource random(options.seed);
  std::vector<NeuronMask> controls;
  for (int64_t r = 0; r < options.count; ++r) {
    NeuronMask& mask = controls.emplace_back(num_layers, num_neurons);
    std::vector<std::vector<uint8_t>> taken = is_chosen;
    for (const PlannedNeuron& n : chosen) {
      const auto layer = static_cast<size_t>(n.layer);
      const int32_t drawn =
          Draw(rankings[layer], n.neuron, taken[layer], options.neighbours, random);
      if (drawn < 0) continue;
      taken[layer][static_cast<size_t>(drawn)] = 1;
      mask.Remove(n.layer, drawn);
    }
  }
  return controls;
}

}  // namespace fairprune
