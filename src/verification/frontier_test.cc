#include "verification/frontier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "base/result_matchers.h"
#include "selection/contrasts_for_test.h"

namespace fairprune {
namespace {

class FrontierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = LoadEngineForTest();
    ASSERT_THAT(engine, IsOk());
    engine_.emplace(*std::move(engine));
    HeldOutSet bias{.name = "bias", .kind = SetKind::kBias, .contrasts = {}};
    for (int32_t i = 0; i < 24; ++i) bias.contrasts.push_back(MakeContrast(20 + i, 60 + i, i));
    HeldOutSet text{.name = "text", .kind = SetKind::kText, .contrasts = {}};
    for (int32_t i = 0; i < 3; ++i) {
      Contrast window;
      window.sequences = {{{1, 30 + i, 40 + i, 9, 50 + i}, 1, -0.25}};
      window.cluster = i;
      text.contrasts.push_back(window);
    }
    sets_ = {bias, text};
  }
  std::optional<Engine> engine_;
  std::vector<HeldOutSet> sets_;
};

TEST_F(FrontierTest, EveryPointIsWhatVerifyingItAloneGives) {
  std::vector<FrontierChoice> choices = {{"attribution", 1, {{0, 1, 1.0}, {1, 5, 0.5}}},
                                         {"random", 2, {{0, 9, 0.0}}},
                                         {"random", 3, {}}};
  FrontierOptions options;
  options.items = 0;
  const auto points = MeasureFrontier(*engine_, sets_, choices, options);
  ASSERT_THAT(points, IsOk());
  ASSERT_EQ(points->size(), 3U);
  for (size_t c = 0; c < choices.size(); ++c) {
    NeuronMask mask(engine_->config().num_layers, engine_->config().intermediate_size);
    for (const PlannedNeuron& n : choices[c].neurons) mask.Remove(n.layer, n.neuron);
    const auto alone = VerifyEffect(*engine_, sets_, mask, {});
    ASSERT_THAT(alone, IsOk());
    const FrontierPoint& point = (*points)[c];
    EXPECT_EQ(point.method, choices[c].method);
    EXPECT_EQ(point.number, choices[c].number);
    EXPECT_EQ(point.neurons, std::ssize(choices[c].neurons));
    ASSERT_EQ(point.effects.size(), 2U);
    for (size_t s = 0; s < 2; ++s) {
      EXPECT_NEAR(point.effects[s].change(), alone->effects[s].change(), 1e-6);
    }
    EXPECT_NEAR(point.perplexity_change(), std::expm1(alone->effects[1].paired.difference), 1e-6);
  }
  EXPECT_NE((*points)[0].effects[0].change(), 0);
  EXPECT_EQ((*points)[2].effects[0].change(), 0);
  EXPECT_EQ((*points)[2].perplexity_change(), 0);
}

TEST_F(FrontierTest, MeasuresOnASample) {
  FrontierOptions options;
  options.items = 10;
  const auto points =
      MeasureFrontier(*engine_, sets_, {{"attribution", 1, {{0, 1, 1.0}}}}, options);
  ASSERT_THAT(points, IsOk());
  EXPECT_EQ(points->front().effects[0].paired.num_items, 10);
  EXPECT_EQ(points->front().effects[1].paired.num_items, 1);
  sets_.pop_back();
  const auto without = MeasureFrontier(*engine_, sets_, {{"attribution", 1, {}}}, options);
  ASSERT_THAT(without, IsOk());
  EXPECT_TRUE(std::isnan(without->front().perplexity_change()));
}

TEST_F(FrontierTest, ASetWithoutItemsIsRefused) {
  sets_.front().contrasts.clear();
  EXPECT_THAT(MeasureFrontier(*engine_, sets_, {{"random", 1, {}}}, {}),
              FailsWith(ErrorCode::kInvalidArgument, "bias: no held-out items"));
}

}  // namespace
}  // namespace fairprune
