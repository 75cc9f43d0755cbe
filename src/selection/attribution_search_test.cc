#include "selection/attribution_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "base/result_matchers.h"
#include "selection/contrasts_for_test.h"
#include "selection/perplexity_budget.h"
#include "selection/tracked_set.h"

namespace fairprune {
namespace {

class AttributionSearchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = LoadEngineForTest({.gradient = true});
    ASSERT_THAT(engine, IsOk());
    engine_.emplace(*std::move(engine));
    inputs_.bias = {{.name = "bias", .contrasts = RandomContrasts(*engine_, 1, 24)}};
    inputs_.guarded = {{.name = "guarded", .contrasts = RandomContrasts(*engine_, 2, 24)}};
    RandomSource random(3);
    std::vector<TokenRequest> windows;
    for (int i = 0; i < 4; ++i) windows.push_back({RandomIds(random, 30), 1});
    const auto text = TextLoss(windows);
    ASSERT_THAT(text, IsOk());
    inputs_.text = *text;
    options_.count = 12;
    options_.rounds = 4;
    options_.growing_rounds = 3;
    options_.max_perplexity_increase = 0.05;
    options_.max_guarded_loss = 0.02;
    options_.standard_errors = 0;
  }

  double Mean(const std::vector<Contrast>& contrasts, const NeuronMask* mask) const {
    return WeightedMean(contrasts,
                        *MeasureContrasts(*engine_, contrasts, {.mask = mask, .progress = {}}));
  }

  std::optional<Engine> engine_;
  SearchInputs inputs_;
  SearchOptions options_;
};

TEST_F(AttributionSearchTest, LowersTheBiasWithinTheLimits) {
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_FALSE(found->neurons.empty());
  EXPECT_LE(found->neurons.size(), 12U);
  const NeuronMask mask = MaskOf(engine_->config(), found->neurons);
  const double left =
      Mean(inputs_.bias[0].contrasts, &mask) / Mean(inputs_.bias[0].contrasts, nullptr);
  EXPECT_LT(left, 0.95);
  EXPECT_NEAR(found->rounds.back().bias_left[0], left, 1e-6);
  const double kept =
      Mean(inputs_.guarded[0].contrasts, &mask) / Mean(inputs_.guarded[0].contrasts, nullptr);
  EXPECT_GE(kept, 0.98 - 1e-6);
  EXPECT_NEAR(found->rounds.back().guarded_lost[0], 1 - kept, 1e-6);
  EXPECT_LE(Mean(inputs_.text, &mask) - Mean(inputs_.text, nullptr), std::log1p(0.05) + 1e-6);
  for (size_t i = 1; i < found->neurons.size(); ++i) {
    EXPECT_GE(found->neurons[i - 1].score, found->neurons[i].score);
  }
  EXPECT_EQ(std::ssize(found->neutral_cost),
            engine_->config().num_layers * engine_->config().intermediate_size);
}

// What makes the preferred side of the bias less likely lowers it, unless that is guarded.
TEST_F(AttributionSearchTest, ALossIsGuardedToo) {
  const SearchSet words = {
      .name = "words", .is_loss = true, .contrasts = LossOfPreferred(inputs_.bias[0].contrasts)};
  const auto share = [&](const SearchResult& found) {
    const NeuronMask mask = MaskOf(engine_->config(), found.neurons);
    return Mean(words.contrasts, &mask) / Mean(words.contrasts, nullptr);
  };
  inputs_.guarded.clear();
  options_.max_perplexity_increase = 1;
  const auto without = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(without, IsOk());
  EXPECT_GT(share(*without), 1.01);
  inputs_.guarded = {words};
  options_.max_guarded_loss = 0.002;
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_FALSE(found->neurons.empty());
  EXPECT_LE(share(*found), 1.002 + 1e-6);
  EXPECT_NEAR(found->rounds.back().guarded_lost[0], share(*found) - 1, 1e-6);
}

TEST_F(AttributionSearchTest, AGuardedSetMayHaveALimitOfItsOwn) {
  options_.max_perplexity_increase = 1;
  options_.max_guarded_loss = 1;
  const auto lost = [&] {
    const auto found = SearchByAttribution(*engine_, inputs_, options_);
    EXPECT_THAT(found, IsOk());
    return found ? found->rounds.back().guarded_lost[0] : 0.0;
  };
  EXPECT_GT(lost(), 0.02);
  inputs_.guarded[0].max_loss = 0.003;
  EXPECT_LE(lost(), 0.003);
}

// The mean of what is guarded may stand still while one half of it pays for the other.
TEST_F(AttributionSearchTest, CategoriesAreHeldToo) {
  std::vector<Contrast>& contrasts = inputs_.guarded[0].contrasts;
  std::vector<Contrast> halves[2];
  for (size_t i = 0; i < contrasts.size(); ++i) {
    contrasts[i].side = 1 + static_cast<int64_t>(i % 2);
    halves[i % 2].push_back(contrasts[i]);
  }
  options_.max_perplexity_increase = 1;
  const auto most_lost = [&](const SearchResult& found) {
    const NeuronMask mask = MaskOf(engine_->config(), found.neurons);
    double lost = -HUGE_VAL;
    for (const auto& half : halves)
      lost = std::max(lost, 1 - Mean(half, &mask) / Mean(half, nullptr));
    return lost;
  };
  const auto without = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(without, IsOk());
  EXPECT_GT(most_lost(*without), 0.03);
  EXPECT_TRUE(without->categories.empty());
  inputs_.guarded[0].categories = {"a", "b"};
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_FALSE(found->neurons.empty());
  EXPECT_LE(most_lost(*found), 0.02 * std::sqrt(2) + 1e-6);
  EXPECT_LT(found->rounds.back().bias_left[0], 0.97);
  EXPECT_EQ(found->categories, (std::vector<std::string>{"guarded, a", "guarded, b"}));
  const std::vector<double>& lost = found->rounds.back().categories_lost;
  ASSERT_EQ(lost.size(), 2U);
  EXPECT_NEAR(std::max(lost[0], lost[1]), most_lost(*found), 1e-5);
  // One of two with too few items is not held by itself.
  for (size_t i = 0; i < contrasts.size(); ++i) contrasts[i].side = i < 9 ? 1 : 2;
  const auto few = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(few, IsOk());
  EXPECT_EQ(few->categories, std::vector<std::string>{"guarded, b"});
}

// Half of the items favour the one side and half the other: the bias can fall while one side
// becomes likelier as such.
TEST_F(AttributionSearchTest, ThePreferenceForASideStays) {
  std::vector<Contrast>& contrasts = inputs_.bias[0].contrasts;
  for (size_t i = 0; i < contrasts.size(); ++i) contrasts[i].side = i % 2 == 0 ? 1 : -1;
  std::vector<Contrast> preference = contrasts;
  for (size_t i = 1; i < preference.size(); i += 2) {
    for (WeightedSequence& sequence : preference[i].sequences) sequence.coefficient *= -1;
  }
  inputs_.guarded.clear();
  options_.max_perplexity_increase = 1;
  const double before = Mean(preference, nullptr);
  const auto after = [&](const SearchResult& found) {
    const NeuronMask mask = MaskOf(engine_->config(), found.neurons);
    return Mean(preference, &mask);
  };
  double size = 0;
  for (const Contrast& c : contrasts) size += Mean({c}, nullptr) / std::ssize(contrasts);
  const double limit = 0.05 * size;
  const auto without = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(without, IsOk());
  EXPECT_GT(std::abs(after(*without) - before), limit);
  inputs_.bias[0].sides = {"a|b"};
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  ASSERT_FALSE(found->neurons.empty());
  EXPECT_LE(std::abs(after(*found) - before), limit + 1e-6);
  ASSERT_EQ(found->rounds.back().side_nats.size(), 1U);
  EXPECT_NEAR(found->rounds.back().side_nats[0], after(*found), 1e-5);
  EXPECT_NEAR(found->rounds.front().side_nats[0], before, 1e-5);
  EXPECT_LT(found->rounds.back().bias_left[0], 0.97);
  // Sides without an item are left out.
  inputs_.bias[0].sides = {"a|b", "c|d"};
  const auto more = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(more, IsOk());
  EXPECT_EQ(more->neurons, found->neurons);
  EXPECT_EQ(more->rounds.back().side_nats.size(), 1U);
  // And those of which a sample has too few.
  options_.max_items = 23;
  const auto few = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(few, IsOk());
  EXPECT_TRUE(few->rounds.back().side_nats.empty());
}

TEST(LossOfPreferredTest, IsOfTheSidesThatCountAsLikelier) {
  const Contrast contrast{
      .sequences = {{{1, 2, 3}, 2, 0.5}, {{1, 2, 4}, 2, 0.5}, {{1, 2, 5}, 2, -1}},
      .weight = 3,
      .cluster = 7};
  const std::vector<Contrast> losses = LossOfPreferred({contrast});
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_TRUE(HaveSameSequences(losses[0], contrast));
  EXPECT_EQ(losses[0].sequences[2].coefficient, 0);
  EXPECT_EQ(losses[0].sequences[1].coefficient, -0.5);
  EXPECT_EQ(losses[0].weight, 3);
  EXPECT_EQ(losses[0].cluster, 7);
}

TEST_F(AttributionSearchTest, TheSameAgain) {
  options_.items_per_round = 10;
  options_.max_items = 20;
  const auto one = SearchByAttribution(*engine_, inputs_, options_);
  const auto two = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ(one->neurons, two->neurons);
}

TEST_F(AttributionSearchTest, TakesOnlyEligibleNeurons) {
  const auto per_layer = static_cast<size_t>(engine_->config().intermediate_size);
  options_.eligible.assign(per_layer * static_cast<size_t>(engine_->config().num_layers), 0);
  std::fill_n(options_.eligible.begin(), per_layer, uint8_t{1});
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  for (const PlannedNeuron& n : found->neurons) EXPECT_EQ(n.layer, 0);
}

SearchSet RandomPairs() {
  SearchSet pairs;
  pairs.name = "pairs";
  RandomSource random(9);
  for (int i = 0; i < 8; ++i) {
    std::vector<int32_t> first = RandomIds(random, 6);
    std::vector<int32_t> second = first;
    second[2] = 3 + static_cast<int32_t>(random.Below(90));
    pairs.pairs.push_back({{first, second}, 1, i});
  }
  return pairs;
}

TEST_F(AttributionSearchTest, PairsWithoutADirectionMayBeGuardedToo) {
  inputs_.guarded = {RandomPairs()};
  options_.max_perplexity_increase = 0.2;
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE(found->neurons.empty());
  EXPECT_LE(found->rounds.back().guarded_lost[0], 0.02);
}

TEST_F(AttributionSearchTest, PairsWithoutADirectionWork) {
  inputs_.bias = {RandomPairs()};
  options_.max_guarded_loss = 0.1;
  options_.max_perplexity_increase = 0.2;
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  EXPECT_LT(found->rounds.back().bias_left[0], 0.95);
}

// What is held asks for so much that repairs overshoot: after one that passes the limits by no less
// than before, half of it is taken back.
TEST_F(AttributionSearchTest, ARepairThatWentTooFarIsTakenBackByHalf) {
  options_.rounds = options_.growing_rounds = 3;
  options_.count = 100;
  options_.items_per_round = 8;
  options_.max_perplexity_increase = 1;
  options_.max_guarded_loss = 0.0005;
  std::vector<Contrast>& contrasts = inputs_.bias[0].contrasts;
  double base = 0;
  double size = 0;
  for (size_t i = 0; i < contrasts.size(); ++i) {
    contrasts[i].side = i % 2 == 0 ? 1 : -1;
    const double value = Mean({contrasts[i]}, nullptr);
    base += static_cast<double>(contrasts[i].side) * value / std::ssize(contrasts);
    size += value / std::ssize(contrasts);
  }
  inputs_.bias[0].sides = {"a|b"};
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  const auto passed_by = [](double value, double limit) {
    return std::max(0.0, value - limit) / limit;
  };
  int64_t step = 0;
  int times = 0;
  double before = 0;
  // A measurement; then, where that is no reason to take back, the estimates of a repair.
  for (auto i = static_cast<size_t>(options_.rounds); i < found->rounds.size(); ++i) {
    const SearchRound& round = found->rounds[i];
    const double passed =
        passed_by(round.guarded_lost[0], options_.max_guarded_loss) +
        passed_by(std::abs(round.side_nats[0] - base), 0.05 * size) +
        passed_by(round.loss_increase_nats, std::log1p(options_.max_perplexity_increase));
    if (passed == 0) break;
    if (step > 1 && passed >= before) {
      EXPECT_EQ(round.num_changes, step / 2) << "round " << i;
      ++times;
    } else {
      before = passed;
      ++i;
      ASSERT_LT(i, found->rounds.size());
    }
    step = found->rounds[i].num_changes;
  }
  EXPECT_GT(times, 0);
  EXPECT_LE(found->rounds.back().guarded_lost[0], options_.max_guarded_loss);
}

TEST_F(AttributionSearchTest, NoRoomLeavesTheModelAsItIs) {
  options_.max_perplexity_increase = 0;
  options_.max_guarded_loss = -1;  // what is guarded would have to double
  const auto found = SearchByAttribution(*engine_, inputs_, options_);
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->neurons.empty());
}

TEST_F(AttributionSearchTest, AModelWithoutThatBiasIsToldSo) {
  for (Contrast& contrast : inputs_.bias[0].contrasts) {
    for (WeightedSequence& sequence : contrast.sequences) sequence.coefficient *= -1;
  }
  EXPECT_THAT(SearchByAttribution(*engine_, inputs_, options_),
              FailsWith(ErrorCode::kMismatch, "shows no bias on any of the 1 sets"));
  inputs_.bias.clear();
  EXPECT_THAT(SearchByAttribution(*engine_, inputs_, options_),
              FailsWith(ErrorCode::kInvalidArgument, "needs a bias set"));
}

TEST_F(AttributionSearchTest, AFrontierGrowsFromOneCountToTheNext) {
  const auto stages = SearchFrontier(*engine_, inputs_, options_, {3, 12});
  ASSERT_THAT(stages, IsOk());
  ASSERT_EQ(stages->choices.size(), 2U);
  double before = 1;
  for (const std::vector<PlannedNeuron>& neurons : stages->choices) {
    ASSERT_FALSE(neurons.empty());
    const NeuronMask mask = MaskOf(engine_->config(), neurons);
    const double left =
        Mean(inputs_.bias[0].contrasts, &mask) / Mean(inputs_.bias[0].contrasts, nullptr);
    EXPECT_LT(left, before);
    EXPECT_LE(Mean(inputs_.text, &mask) - Mean(inputs_.text, nullptr), std::log1p(0.05) + 1e-6);
    before = left;
  }
  EXPECT_LE(stages->choices[0].size(), 3U);
  EXPECT_LE(stages->choices[1].size(), 12U);
  EXPECT_GT(stages->choices[1].size(), stages->choices[0].size());
  EXPECT_THAT(SearchFrontier(*engine_, inputs_, options_, {3, 3}),
              FailsWith(ErrorCode::kInvalidArgument, "number 2 is 3"));
}

// An item whose derivatives are large says little about the mean; every side keeps its weight.
TEST_F(AttributionSearchTest, ItemsWeighByWhatTheyTell) {
  SearchSet set = inputs_.bias[0];
  for (size_t i = 0; i < set.contrasts.size(); ++i) set.contrasts[i].stratum = i < 8 ? 1 : 2;
  for (WeightedSequence& sequence : set.contrasts[0].sequences) sequence.coefficient *= 30;
  const auto plain = DifferentiateContrasts(*engine_, set.contrasts);
  ASSERT_THAT(plain, IsOk());
  std::vector<double> sorted = plain->norms;
  std::ranges::sort(sorted);
  const double median = sorted[sorted.size() / 2];
  std::vector<double> weights;
  double sums[3] = {0, 0, 0};
  for (size_t i = 0; i < sorted.size(); ++i) {
    weights.push_back(1 / (1 + std::pow(plain->norms[i] / median, 2)));
    sums[set.contrasts[i].stratum] += weights.back();
  }
  std::vector<Contrast> weighted = set.contrasts;
  for (size_t i = 0; i < weights.size(); ++i) {
    weighted[i].weight = weights[i] * (i < 8 ? 8 / sums[1] : 16 / sums[2]);
  }
  EXPECT_LT(weighted[0].weight, 0.1);
  const auto expected = DifferentiateContrasts(*engine_, weighted);
  TrackedSet tracked(set, 0, 1);
  SearchOptions all = options_;
  all.items_per_round = 0;
  TrackedSet* const sets[] = {&tracked};
  ASSERT_THAT(TrackedSet::MeasureBase(*engine_, sets), IsOk());
  const NeuronMask none(engine_->config().num_layers, engine_->config().intermediate_size);
  ASSERT_THAT(tracked.Differentiate(*engine_, none, 0, all, false, true), IsOk());
  EXPECT_NEAR(tracked.left(), 1, 1e-6);
  for (size_t n = 0; n < 40; ++n) {
    EXPECT_NEAR(tracked.mean(n), expected->mean.span()[n], 1e-5);
    EXPECT_NEAR(tracked.standard_error(n), expected->standard_error.span()[n], 1e-5);
  }
}

TEST_F(AttributionSearchTest, TextLossIsNatsPerToken) {
  RandomSource random(4);
  const std::vector<TokenRequest> windows = {{RandomIds(random, 20), 1}, {RandomIds(random, 8), 1}};
  const auto loss = TextLoss(windows);
  ASSERT_THAT(loss, IsOk());
  const auto scores = ScoreTokens(*engine_, windows);
  ASSERT_THAT(scores, IsOk());
  const double nats = -(*scores)[0].log_likelihood_nats - (*scores)[1].log_likelihood_nats;
  EXPECT_NEAR(Mean(*loss, nullptr), nats / 26, 1e-5);
}

}  // namespace
}  // namespace fairprune
