#include "verification/random_controls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace fairprune {
namespace {

constexpr int64_t kLayers = 3;
constexpr int64_t kNeurons = 40;

// Neuron n of every layer costs n.
std::vector<double> Costs() {
  std::vector<double> cost;
  for (int64_t i = 0; i < kLayers * kNeurons; ++i)
    cost.push_back(static_cast<double>(i % kNeurons));
  return cost;
}

TEST(RandomControlsTest, AsManyPerLayerAndNoneOfTheChosen) {
  const std::vector<PlannedNeuron> chosen = {{0, 3, 1}, {0, 7, 1}, {2, 20, 1}};
  const auto controls =
      RandomControls(kLayers, kNeurons, chosen, Costs(), {.count = 30, .seed = 5});
  ASSERT_EQ(controls.size(), 30U);
  for (const NeuronMask& mask : controls) {
    int64_t per_layer[kLayers] = {};
    for (int64_t l = 0; l < kLayers; ++l) {
      for (int64_t n = 0; n < kNeurons; ++n) per_layer[l] += mask.removed(l, n) ? 1 : 0;
    }
    EXPECT_EQ(per_layer[0], 2);
    EXPECT_EQ(per_layer[1], 0);
    EXPECT_EQ(per_layer[2], 1);
    for (const PlannedNeuron& n : chosen) EXPECT_FALSE(mask.removed(n.layer, n.neuron));
  }
}

TEST(RandomControlsTest, NeighboursInCostAndDifferentOnes) {
  const std::vector<PlannedNeuron> chosen = {{1, 20, 1}};
  const auto controls =
      RandomControls(kLayers, kNeurons, chosen, Costs(), {.count = 40, .seed = 1, .neighbours = 3});
  std::vector<int64_t> seen;
  for (const NeuronMask& mask : controls) {
    for (int64_t n = 0; n < kNeurons; ++n) {
      if (!mask.removed(1, n)) continue;
      EXPECT_LE(std::abs(n - 20), 3);
      seen.push_back(n);
    }
  }
  EXPECT_EQ(seen.size(), 40U);
  std::ranges::sort(seen);
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.size(), 6U);  // all neighbours but the chosen one
}

TEST(RandomControlsTest, TheSameForASeed) {
  const std::vector<PlannedNeuron> chosen = {{0, 3, 1}, {1, 7, 1}};
  const auto drawn = [&](uint64_t seed) {
    std::vector<bool> bits;
    for (const NeuronMask& mask :
         RandomControls(kLayers, kNeurons, chosen, Costs(), {.count = 5, .seed = seed})) {
      for (int64_t l = 0; l < kLayers; ++l) {
        for (int64_t n = 0; n < kNeurons; ++n) bits.push_back(mask.removed(l, n));
      }
    }
    return bits;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

TEST(RandomControlsTest, ALayerThatIsNearlyAllChosenGivesWhatItHas) {
  std::vector<PlannedNeuron> chosen;
  for (int32_t n = 0; n < kNeurons - 2; ++n) chosen.push_back({0, n, 1});
  const auto controls = RandomControls(kLayers, kNeurons, chosen, Costs(), {.count = 1, .seed = 1});
  EXPECT_EQ(controls.front().num_removed(), 2);
}

}  // namespace
}  // namespace fairprune
