// KeptNeurons against the neurons that OptiPFair 0.4.2 keeps of SmolLM2-135M-Instruct.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "checkpoint/safetensors.h"
#include "io/json.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

const std::string kReference = FAIRPRUNE_SHARED "/reference/smollm2/optipfair";

// The importance that OptiPFair ranks: min-max normalised static scores (or clamped fairness
// scores), turned into "high = prune" by the caller and back by prune_neuron_pairs; f32 throughout.
std::vector<float> RankedImportance(const Tensor& stored, bool is_fairness) {
  std::vector<float> values(stored.span().begin(), stored.span().end());
  const auto [min_it, max_it] = std::minmax_element(values.begin(), values.end());
  const float low = *min_it, range = *max_it - low;
  for (float& value : values) {
    const float prune = is_fairness ? std::clamp(value, 0.0F, 1.0F) : 1 - (value - low) / range;
    value = 1 - prune;
  }
  return values;
}

struct Swap {
  int32_t ours, theirs;
};

// Neurons kept by one side only, paired off by falling importance.
std::vector<Swap> Differences(const std::vector<int32_t>& ours, const std::vector<int32_t>& theirs,
                              const std::vector<float>& importance) {
  std::vector<int32_t> only_ours, only_theirs;
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      std::back_inserter(only_ours));
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                      std::back_inserter(only_theirs));
  const auto higher = [&](int32_t a, int32_t b) {
    return importance[static_cast<size_t>(a)] > importance[static_cast<size_t>(b)];
  };
  std::stable_sort(only_ours.begin(), only_ours.end(), higher);
  std::stable_sort(only_theirs.begin(), only_theirs.end(), higher);
  std::vector<Swap> swaps;
  for (size_t i = 0; i < std::min(only_ours.size(), only_theirs.size()); ++i) {
    swaps.push_back({only_ours[i], only_theirs[i]});
  }
  return swaps;
}

// "MAW 33.3 None"
struct Configuration {
  std::string method;
  double percentage = 0;
  int64_t divisor = 1;
};

Configuration ParseConfiguration(const std::string& name) {
  const size_t first = name.find(' '), last = name.rfind(' ');
  const std::string divisor = name.substr(last + 1);
  return {name.substr(0, first), std::stod(name.substr(first + 1, last - first - 1)),
          divisor == "None" ? 1 : std::stoll(divisor)};
}

// Compares one layer of one configuration; the number of neurons that changed places.
size_t CompareLayer(const SafetensorsFile& scores, const std::string& name,
                    const std::string& layer, const std::vector<int32_t>& expected) {
  const Configuration configuration = ParseConfiguration(name);
  const bool is_fairness = configuration.method == "fairness";
  const TensorEntry* entry =
      scores.Find((is_fairness ? "fairness." : "importance." + configuration.method + ".") + layer);
  if (entry == nullptr) {
    ADD_FAILURE() << "no scores for " << name << " layer " << layer;
    return 0;
  }
  const auto stored = ReadAsF32(*entry);
  EXPECT_THAT(stored, IsOk());
  const std::vector<float> importance = RankedImportance(*stored, is_fairness);
  const auto kept = KeptNeurons(importance, configuration.percentage, configuration.divisor);
  EXPECT_THAT(kept, IsOk());
  EXPECT_EQ(kept->size(), expected.size()) << name << " layer " << layer;
  const auto swaps = Differences(*kept, expected, importance);
  for (const Swap& swap : swaps) {
    const float ours = importance[static_cast<size_t>(swap.ours)];
    const float theirs = importance[static_cast<size_t>(swap.theirs)];
    std::cout << fmt::format("{} layer {}: kept {} ({:.9f}) for OptiPFair's {} ({:.9f})\n", name,
                             layer, swap.ours, ours, swap.theirs, theirs);
    EXPECT_LT(std::abs(ours - theirs), 1e-6F) << name << " layer " << layer;
  }
  return swaps.size();
}

TEST(KeptReferenceTest, SmolLm2KeepsWhatOptiPFairKeeps) {
  if (!std::filesystem::exists(kReference)) {
    GTEST_SKIP() << kReference << " absent: the neurons that OptiPFair keeps of SmolLM2 in 16 "
                 << "configurations are not checked";
  }
  const auto kept = ReadJsonFile(kReference + "/kept.json");
  ASSERT_THAT(kept, IsOk());
  const auto scores = SafetensorsFile::Open(kReference + "/scores.safetensors");
  ASSERT_THAT(scores, IsOk());
  ASSERT_EQ(kept->size(), 16U);
  size_t num_compared = 0, num_swapped = 0;
  for (const auto& [name, layers] : kept->items()) {
    ASSERT_EQ(layers.size(), 3U) << name;
    for (const auto& [layer, expected] : layers.items()) {
      num_swapped +=
          CompareLayer(**scores, name, layer, expected.template get<std::vector<int32_t>>());
      num_compared += expected.size();
    }
  }
  std::cout << num_compared << " kept neurons compared, " << num_swapped << " changed places\n";
}

}  // namespace
}  // namespace fairprune
