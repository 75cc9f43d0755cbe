// Laws of selection on random scores and options.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "selection/plan.h"

namespace fairprune {
namespace {

struct Case {
  Tensor scores;  // [L, F]; few distinct values, so that ties are common
  SelectOptions options;
  int64_t num_eligible_layers = 0;
  int64_t capacity = 0;  // of one layer
};

Case DrawCase() {
  const int64_t num_layers = *rc::gen::inRange(1, 6), num_neurons = *rc::gen::inRange(2, 20);
  Case drawn{.scores = Tensor({num_layers, num_neurons}), .options = {}};
  for (float& score : drawn.scores.span()) {
    score = static_cast<float>(*rc::gen::inRange(-4, 5)) / 4;
  }
  for (int32_t layer = 0; layer < num_layers; ++layer) {
    if (*rc::gen::inRange(0, 4) == 0) drawn.options.excluded_layers.push_back(layer);
  }
  if (*rc::gen::arbitrary<bool>()) drawn.options.max_per_layer = *rc::gen::inRange(1, 8);
  drawn.options.per_layer = *rc::gen::arbitrary<bool>();
  drawn.num_eligible_layers =
      num_layers - static_cast<int64_t>(drawn.options.excluded_layers.size());
  drawn.capacity = num_neurons - 1;
  if (drawn.options.max_per_layer != -1) {
    drawn.capacity = std::min(drawn.capacity, drawn.options.max_per_layer);
  }
  const int64_t available =
      drawn.options.per_layer ? drawn.capacity : drawn.capacity * drawn.num_eligible_layers;
  drawn.options.count =
      drawn.num_eligible_layers == 0 ? 0 : *rc::gen::inRange<int64_t>(0, available + 1);
  return drawn;
}

std::vector<PlannedNeuron> Select(const Case& drawn) {
  auto neurons = SelectNeurons(drawn.scores, drawn.options);
  if (!neurons) RC_FAIL(neurons.error().message);
  return *std::move(neurons);
}

std::map<int32_t, int64_t> CountsByLayer(const std::vector<PlannedNeuron>& neurons) {
  std::map<int32_t, int64_t> counts;
  for (const PlannedNeuron& neuron : neurons) ++counts[neuron.layer];
  return counts;
}

TEST(SelectProperty, GivesAsManyAsAskedForAndNoneTwice) {
  EXPECT_TRUE(rc::check([] {
    const Case drawn = DrawCase();
    const auto neurons = Select(drawn);
    const int64_t scopes = drawn.options.per_layer ? drawn.num_eligible_layers : 1;
    RC_ASSERT(static_cast<int64_t>(neurons.size()) == drawn.options.count * scopes);
    std::set<std::pair<int32_t, int32_t>> places;
    for (const PlannedNeuron& neuron : neurons) {
      RC_ASSERT(places.emplace(neuron.layer, neuron.neuron).second);
      RC_ASSERT(neuron.score == drawn.scores.matrix().row(neuron.layer)[neuron.neuron]);
    }
  }));
}

TEST(SelectProperty, RespectsExclusionsAndLimits) {
  EXPECT_TRUE(rc::check([] {
    const Case drawn = DrawCase();
    const auto counts = CountsByLayer(Select(drawn));
    for (const int32_t layer : drawn.options.excluded_layers) RC_ASSERT(counts.count(layer) == 0U);
    for (const auto& [layer, count] : counts) {
      RC_ASSERT(count <= drawn.capacity);
      if (drawn.options.per_layer) RC_ASSERT(count == drawn.options.count);
    }
  }));
}

// Nothing that was left could have been taken instead: every neuron left out comes later in the
// order, unless its layer had given all it may.
TEST(SelectProperty, LeavesNothingBetterBehind) {
  EXPECT_TRUE(rc::check([] {
    const Case drawn = DrawCase();
    const auto neurons = Select(drawn);
    const auto order = [](const PlannedNeuron& n) {
      return std::tuple(-n.score, n.layer, n.neuron);
    };
    RC_ASSERT(std::is_sorted(neurons.begin(), neurons.end(),
                             [&](const auto& a, const auto& b) { return order(a) < order(b); }));
    const auto counts = CountsByLayer(neurons);
    for (const auto& [layer, count] : counts) {
      const float* row = drawn.scores.matrix().row(layer);
      for (int32_t i = 0; i < drawn.scores.shape()[1]; ++i) {
        const PlannedNeuron other{layer, i, row[i]};
        if (std::find(neurons.begin(), neurons.end(), other) != neurons.end()) continue;
        // Within its layer it comes after all that were taken of that layer.
        for (const PlannedNeuron& taken : neurons) {
          if (taken.layer == layer) RC_ASSERT(order(taken) < order(other));
        }
        if (drawn.options.per_layer || count == drawn.capacity) continue;
        RC_ASSERT(order(neurons.back()) < order(other));
      }
    }
  }));
}

// A larger count only adds at the end (over all layers).
TEST(SelectProperty, GrowsByAppending) {
  EXPECT_TRUE(rc::check([] {
    Case drawn = DrawCase();
    drawn.options.per_layer = false;
    drawn.options.count = drawn.capacity * drawn.num_eligible_layers;
    const auto all = Select(drawn);
    drawn.options.count = *rc::gen::inRange<int64_t>(0, drawn.options.count + 1);
    const auto some = Select(drawn);
    RC_ASSERT(std::equal(some.begin(), some.end(), all.begin()));
  }));
}

TEST(SelectProperty, GivesTheSameTwice) {
  EXPECT_TRUE(rc::check([] {
    const Case drawn = DrawCase();
    RC_ASSERT(Select(drawn) == Select(drawn));
  }));
}

TEST(KeptProperty, KeepsTheMostImportant) {
  EXPECT_TRUE(rc::check([] {
    std::vector<float> importance(static_cast<size_t>(*rc::gen::inRange(2, 60)));
    for (float& value : importance) value = static_cast<float>(*rc::gen::inRange(0, 9)) / 8;
    const double percentage = *rc::gen::inRange(0, 1001) / 10.0;
    const int64_t divisor = *rc::gen::element<int64_t>(1, 2, 8, 32);
    const auto num_neurons = static_cast<int64_t>(importance.size());
    const auto keep = NeuronsToKeep(num_neurons, percentage, divisor);
    const auto kept = KeptNeurons(importance, percentage, divisor);
    RC_ASSERT(keep.has_value() == kept.has_value());
    if (!kept) return;
    RC_ASSERT(static_cast<int64_t>(kept->size()) == *keep);
    RC_ASSERT(*keep >= 1 && *keep <= num_neurons);
    RC_ASSERT(*keep == 1 || *keep % divisor == 0);
    RC_ASSERT(std::adjacent_find(kept->begin(), kept->end(), std::greater_equal<>()) ==
              kept->end());
    float least = INFINITY;
    for (const int32_t i : *kept) least = std::min(least, importance[static_cast<size_t>(i)]);
    for (int32_t i = 0; i < num_neurons; ++i) {
      if (std::binary_search(kept->begin(), kept->end(), i)) continue;
      RC_ASSERT(importance[static_cast<size_t>(i)] <= least);
    }
  }));
}

// What is written is read back, whatever the names and scores.
TEST(PlanJsonProperty, RoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const Case drawn = DrawCase();
    Plan plan{.model_hash = std::string(64, *rc::gen::element('0', '7', 'f')),
              .model_path = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
              .num_layers = drawn.scores.shape()[0],
              .num_neurons_per_layer = drawn.scores.shape()[1],
              .method = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
              .neurons = Select(drawn)};
    for (PlannedNeuron& neuron : plan.neurons) {
      const double score = *rc::gen::arbitrary<double>();
      if (std::isfinite(score)) neuron.score = score;
    }
    const auto read = ParsePlan(PlanToJson(plan), "plan.json");
    if (!read) RC_FAIL(read.error().message);
    RC_ASSERT(*read == plan);
  }));
}

}  // namespace
}  // namespace fairprune
