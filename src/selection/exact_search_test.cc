#include "selection/exact_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/result_matchers.h"
#include "selection/contrasts_for_test.h"
#include "selection/perplexity_budget.h"

namespace fairprune {
namespace {

class ExactSearchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = LoadEngineForTest();  // no gradients
    ASSERT_THAT(engine, IsOk());
    engine_.emplace(*std::move(engine));
    SearchSet bias{.name = "bias", .contrasts = RandomContrasts(*engine_, 5, 20), .pairs = {}};
    inputs_.bias = {bias};
    RandomSource random(6);
    const auto text = TextLoss({{RandomIds(random, 40), 1}, {RandomIds(random, 40), 1}});
    ASSERT_THAT(text, IsOk());
    inputs_.text = *text;
    for (int32_t n = 0; n < 24; ++n) candidates_.push_back({n % 2, 2 * n});
    options_ = {.count = 6,
                .rounds = 2,
                .items = 0,
                .text_tokens = 0,
                .max_perplexity_increase = 0.5,
                .standard_errors = 0};
  }

  double Mean(const std::vector<Contrast>& contrasts, const NeuronMask* mask) const {
    return WeightedMean(contrasts,
                        *MeasureContrasts(*engine_, contrasts, {.mask = mask, .progress = {}}));
  }

  std::optional<Engine> engine_;
  SearchInputs inputs_;
  std::vector<Neuron> candidates_;
  ExactSearchOptions options_;
};

TEST_F(ExactSearchTest, TakesFirstTheCandidateWhoseAblationLowersTheBiasMost) {
  options_.count = 1;
  options_.rounds = 1;
  const auto found = SearchByExactEffects(*engine_, inputs_, candidates_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->neurons.size(), 1U);
  double lowest = HUGE_VAL;
  Neuron best;
  for (const Neuron& neuron : candidates_) {
    NeuronMask mask(engine_->config().num_layers, engine_->config().intermediate_size);
    mask.Remove(neuron.layer, neuron.index);
    const double left = Mean(inputs_.bias[0].contrasts, &mask);
    if (left < lowest) {
      lowest = left;
      best = neuron;
    }
  }
  EXPECT_EQ(found->neurons[0].layer, best.layer);
  EXPECT_EQ(found->neurons[0].neuron, best.index);
  const double base = Mean(inputs_.bias[0].contrasts, nullptr);
  EXPECT_NEAR(found->neurons[0].score, (base - lowest) / base, 1e-4);
}

TEST_F(ExactSearchTest, MeasuresAgainOnTopOfWhatIsOff) {
  const auto found = SearchByExactEffects(*engine_, inputs_, candidates_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->neurons.size(), 6U);
  ASSERT_EQ(found->rounds.size(), 3U);
  EXPECT_EQ(found->rounds[0].num_changes, 3);
  EXPECT_EQ(found->rounds[1].num_off, 3);
  for (const PlannedNeuron& n : found->neurons) {
    EXPECT_TRUE(std::ranges::count(candidates_, Neuron{n.layer, n.neuron}) == 1);
  }
  const NeuronMask mask = MaskOf(engine_->config(), found->neurons);
  EXPECT_EQ(mask.num_removed(), 6);
  EXPECT_NEAR(found->rounds[2].bias_left[0],
              Mean(inputs_.bias[0].contrasts, &mask) / Mean(inputs_.bias[0].contrasts, nullptr),
              1e-5);
  EXPECT_LT(found->rounds[2].bias_left[0], found->rounds[1].bias_left[0]);
}

TEST_F(ExactSearchTest, KeepsTheLimitOfTheText) {
  options_.count = 20;
  options_.rounds = 2;
  options_.max_perplexity_increase = 0.002;
  const auto found = SearchByExactEffects(*engine_, inputs_, candidates_, options_);
  ASSERT_THAT(found, IsOk());
  const NeuronMask mask = MaskOf(engine_->config(), found->neurons);
  EXPECT_LE(Mean(inputs_.text, &mask) - Mean(inputs_.text, nullptr), std::log1p(0.002) + 1e-6);
  EXPECT_LT(found->neurons.size(), 20U);
}

TEST_F(ExactSearchTest, SamplesAreTheSameAgain) {
  options_.items = 8;
  options_.text_tokens = 39;
  const auto one = SearchByExactEffects(*engine_, inputs_, candidates_, options_);
  const auto two = SearchByExactEffects(*engine_, inputs_, candidates_, options_);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ(one->neurons, two->neurons);
}

TEST_F(ExactSearchTest, NothingToReduceAndNothingToMeasure) {
  EXPECT_THAT(SearchByExactEffects(*engine_, inputs_, {}, options_),
              FailsWith(ErrorCode::kInvalidArgument, "found 0 candidates"));
  for (Contrast& contrast : inputs_.bias[0].contrasts) {
    for (WeightedSequence& sequence : contrast.sequences) sequence.coefficient *= -1;
  }
  EXPECT_THAT(SearchByExactEffects(*engine_, inputs_, candidates_, options_),
              FailsWith(ErrorCode::kMismatch, "shows no bias"));
}

}  // namespace
}  // namespace fairprune
