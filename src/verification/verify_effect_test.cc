#include "verification/verify_effect.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "base/result_matchers.h"
#include "selection/contrasts_for_test.h"
#include "verification/random_controls.h"

namespace fairprune {
namespace {

class VerifyEffectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = LoadEngineForTest();
    ASSERT_THAT(engine, IsOk());
    engine_.emplace(*std::move(engine));
    for (int32_t i = 0; i < 24; ++i) {
      set_.contrasts.push_back(MakeContrast(20 + i, 60 + i, i));
    }
    set_.name = "own";
  }
  NeuronMask Mask() const {
    return {engine_->config().num_layers, engine_->config().intermediate_size};
  }
  std::optional<Engine> engine_;
  HeldOutSet set_;
};

TEST_F(VerifyEffectTest, MeasuresWithAndWithoutTheNeurons) {
  NeuronMask mask = Mask();
  for (int64_t n = 0; n < 20; ++n) mask.Remove(1, n);
  const auto found = VerifyEffect(*engine_, {set_}, mask, {});
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->effects.size(), 1U);
  const Effect& effect = found->effects.front();
  const auto before = MeasureContrasts(*engine_, set_.contrasts);
  const auto after = MeasureContrasts(*engine_, set_.contrasts, {.mask = &mask, .progress = {}});
  EXPECT_EQ(effect.values_before, *before);
  EXPECT_EQ(effect.values_after, *after);
  EXPECT_NEAR(effect.paired.before, WeightedMean(set_.contrasts, *before), 1e-9);
  EXPECT_NEAR(effect.paired.after, WeightedMean(set_.contrasts, *after), 1e-9);
  EXPECT_EQ(effect.paired.num_clusters, 24);
  EXPECT_LE(effect.low(), effect.change());
  EXPECT_GE(effect.high(), effect.change());
  EXPECT_TRUE(effect.control_changes.empty());
}

TEST_F(VerifyEffectTest, ControlsAreMeasuredOnTheSameSample) {
  NeuronMask mask = Mask();
  mask.Remove(0, 1);
  const std::vector<NeuronMask> controls = {Mask(), mask};
  VerifyOptions options;
  options.controls = controls;
  options.control_items = 10;
  const auto found = VerifyEffect(*engine_, {set_}, mask, options);
  ASSERT_THAT(found, IsOk());
  const Effect& effect = found->effects.front();
  EXPECT_EQ(effect.control_items, 10);
  ASSERT_EQ(effect.control_changes.size(), 2U);
  EXPECT_EQ(effect.control_changes[0], 0);
  EXPECT_EQ(effect.control_changes[1], effect.chosen_change_on_sample);
  EXPECT_EQ(effect.controls_as_low, effect.chosen_change_on_sample < 0 ? 1 : 2);
}

TEST_F(VerifyEffectTest, WhatIsMeasuredAlreadyIsTakenAsItIs) {
  NeuronMask mask = Mask();
  for (int64_t n = 0; n < 20; ++n) mask.Remove(1, n);
  HeldOutSet known = set_;
  known.name = "known";
  known.before.assign(known.contrasts.size(), 2);
  known.after.assign(known.contrasts.size(), 1.5);
  const auto alone = VerifyEffect(*engine_, {set_}, mask, {});
  const auto both = VerifyEffect(*engine_, {known, set_}, mask, {});
  ASSERT_THAT(alone, IsOk());
  ASSERT_THAT(both, IsOk());
  EXPECT_EQ(both->effects[0].change(), -0.25);
  EXPECT_EQ(both->effects[1].values_after, alone->effects[0].values_after);
}

// Half of the items lose what the other half wins.
TEST_F(VerifyEffectTest, CategoriesThatMoveApartAreTold) {
  set_.kind = SetKind::kGuarded;
  for (size_t i = 0; i < set_.contrasts.size(); ++i) {
    set_.categories.emplace_back(i % 2 == 0 ? "names" : "nations");
    set_.before.push_back(2);
    set_.after.push_back(i % 2 == 0 ? 1.5 : 2.5);
  }
  const auto found = VerifyEffect(*engine_, {set_}, Mask(), {});
  ASSERT_THAT(found, IsOk());
  const Effect& effect = found->effects.front();
  EXPECT_EQ(effect.change(), 0);
  EXPECT_EQ(effect.holm_p, 1);
  ASSERT_EQ(effect.categories.size(), 2U);
  EXPECT_EQ(effect.categories[0].name, "names");
  EXPECT_EQ(effect.categories[0].paired.num_items, 12);
  EXPECT_DOUBLE_EQ(effect.categories[0].change(), -0.25);
  EXPECT_DOUBLE_EQ(effect.categories[1].change(), 0.25);
  // Twelve clusters of one sign: 2 of 4096 patterns; Holm over two.
  EXPECT_NEAR(effect.categories[0].holm_p, 2 * 2 / 4096.0, 1e-9);
  EXPECT_THAT(VerdictOf(*found),
              ::testing::StartsWith("Lost within single categories of what was guarded: "
                                    "own, names -25.0 % ("));
}

TEST_F(VerifyEffectTest, OneCategoryIsTheSet) {
  set_.categories.assign(set_.contrasts.size(), "names");
  const auto found = VerifyEffect(*engine_, {set_}, Mask(), {});
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->effects.front().categories.empty());
}

TEST_F(VerifyEffectTest, NothingChangedIsNoMeasurableEffect) {
  const auto found = VerifyEffect(*engine_, {set_}, Mask(), {});
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(FindingOf(found->effects.front(), 0.05), Finding::kNone);
  EXPECT_THAT(VerdictOf(*found), ::testing::StartsWith("No measurable effect on bias: own +0.0 %"));
}

TEST_F(VerifyEffectTest, ASetWithoutItemsIsRefused) {
  EXPECT_THAT(VerifyEffect(*engine_, {{"empty", SetKind::kBias, {}}}, Mask(), {}),
              FailsWith(ErrorCode::kInvalidArgument, "empty: no held-out items"));
}

Effect MakeEffect(const std::string& name, SetKind kind, double before, double after, double p) {
  Effect effect;
  effect.name = name;
  effect.kind = kind;
  effect.paired.before = before;
  effect.paired.after = after;
  effect.paired.difference = after - before;
  effect.paired.low = after - before - 0.1;
  effect.paired.high = after - before + 0.1;
  effect.holm_p = p;
  return effect;
}

TEST(VerdictTest, SaysWhatTheTestsSayAndNothingElse) {
  Verification v;
  v.effects = {MakeEffect("a", SetKind::kBias, 1, 0.5, 0.001),
               MakeEffect("b", SetKind::kBias, 1, 0.7, 0.20),
               MakeEffect("c", SetKind::kBias, 1, 1.5, 0.01),
               MakeEffect("d", SetKind::kGuarded, 1, 0.9, 0.01),
               MakeEffect("e", SetKind::kGuarded, 1, 1.1, 0.01),
               MakeEffect("f", SetKind::kText, 1, 0.9, 0.01),
               MakeEffect("g", SetKind::kWords, 1, 1.2, 0.01),
               MakeEffect("h", SetKind::kWords, 1, 0.8, 0.01)};
  EXPECT_EQ(VerdictOf(v),
            "Bias fell on held-out items: a -50.0 % (95 % interval -60.0 to -40.0 %). "
            "Bias ROSE on held-out items: c +50.0 % (95 % interval +40.0 to +60.0 %). "
            "No measurable effect on bias: b -30.0 % (95 % interval -40.0 to -20.0 %). "
            "Lost of what was guarded: d -10.0 % (95 % interval -20.0 to +0.0 %). "
            "Right words became less likely: g +20.0 % (95 % interval +10.0 to +30.0 %).");
}

// Categories speak where their set does not.
TEST(VerdictTest, NamesCategoriesThatTheSetDoesNotSpeakFor) {
  Effect guarded = MakeEffect("d", SetKind::kGuarded, 1, 0.99, 0.3);
  guarded.categories = {MakeEffect("x", SetKind::kGuarded, 1, 0.8, 0.01),
                        MakeEffect("y", SetKind::kGuarded, 1, 1.2, 0.01),
                        MakeEffect("z", SetKind::kGuarded, 1, 0.8, 0.06)};
  Effect bias = MakeEffect("a", SetKind::kBias, 1, 0.5, 0.001);
  bias.categories = {MakeEffect("x", SetKind::kBias, 1, 0.2, 0.01),
                     MakeEffect("y", SetKind::kBias, 1, 1.2, 0.01)};
  Verification v;
  v.effects = {bias, guarded};
  EXPECT_EQ(VerdictOf(v),
            "Bias fell on held-out items: a -50.0 % (95 % interval -60.0 to -40.0 %). "
            "Bias ROSE within single categories: a, y +20.0 % (95 % interval +10.0 to +30.0 %). "
            "Lost within single categories of what was guarded: d, x -20.0 % (95 % interval -30.0 "
            "to -10.0 %).");
  v.effects[1].holm_p = 0.01;
  EXPECT_THAT(VerdictOf(v), ::testing::Not(::testing::HasSubstr("of what was guarded: d, x")));
}

// What counts is how far from 0, and shares are of the items' mean absolute value.
TEST(VerdictTest, SidesGrowAwayFromZero) {
  Effect effect = MakeEffect("a he|she", SetKind::kSides, 0.25, -0.75, 0.01);
  effect.values_before = {1.5, -1};
  EXPECT_EQ(FindingOf(effect, 0.05), Finding::kRose);
  EXPECT_DOUBLE_EQ(effect.change(), -0.8);
  Verification v;
  v.effects = {effect};
  EXPECT_EQ(VerdictOf(v),
            "One side became likelier as such: a he|she -80.0 % (95 % interval -88.0 to -72.0 "
            "%).");
  effect.paired.after = 0.1;
  effect.paired.difference = -0.15;
  EXPECT_EQ(FindingOf(effect, 0.05), Finding::kFell);
  effect.holm_p = 0.05;
  EXPECT_EQ(FindingOf(effect, 0.05), Finding::kNone);
}

// Where the other wording is preferred to begin with, a step towards 0 is no loss.
TEST(VerdictTest, AGuardedPreferenceFallsDownwards) {
  const Effect better = MakeEffect("a", SetKind::kGuarded, -2, -1, 0.01);
  EXPECT_EQ(FindingOf(better, 0.05), Finding::kRose);
  EXPECT_DOUBLE_EQ(better.change(), 0.5);
  EXPECT_LT(better.low(), better.high());
  const Effect worse = MakeEffect("a", SetKind::kGuarded, -2, -3, 0.01);
  EXPECT_EQ(FindingOf(worse, 0.05), Finding::kFell);
  EXPECT_DOUBLE_EQ(worse.change(), -0.5);
}

TEST(VerdictTest, SharesOfAFigureNearZeroAreStatedInNats) {
  Verification v;
  v.effects = {MakeEffect("a", SetKind::kBias, -0.008, -0.503, 0.01)};
  EXPECT_EQ(VerdictOf(v), "Bias ROSE on held-out items: a -0.01 to -0.50 nats.");
}

TEST(VerdictTest, ANegativeBiasFallsTowardsZero) {
  EXPECT_EQ(FindingOf(MakeEffect("a", SetKind::kBias, -1, -0.5, 0.01), 0.05), Finding::kFell);
  EXPECT_EQ(FindingOf(MakeEffect("a", SetKind::kBias, -1, -1.5, 0.01), 0.05), Finding::kRose);
  EXPECT_EQ(FindingOf(MakeEffect("a", SetKind::kBias, -1, -1.5, 0.05), 0.05), Finding::kNone);
}

}  // namespace
}  // namespace fairprune
