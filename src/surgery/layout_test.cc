#include "surgery/layout.h"

#include "base/result_matchers.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ModelConfig TwoLayersOfEight() {
  ModelConfig config;
  config.num_layers = 2;
  config.intermediate_size = 8;
  return config;
}

Result<PruneLayout> Lay(const std::vector<PlannedNeuron>& neurons, const PruneOptions& options) {
  Plan plan;
  plan.neurons = neurons;
  return LayOut(plan, TwoLayersOfEight(), options);
}

const std::vector<PlannedNeuron> kUneven = {{0, 5}, {1, 2}, {0, 1}, {0, 7}};

TEST(LayOut, ZeroKeepsTheWidth) {
  const auto layout = Lay(kUneven, {.mode = PruneMode::kZero, .round_to = 8});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 8);
  EXPECT_THAT(layout->removed, ElementsAre(IsEmpty(), IsEmpty()));
  EXPECT_THAT(layout->zeroed, ElementsAre(ElementsAre(1, 5, 7), ElementsAre(2)));
  EXPECT_THAT(layout->Sources(0), ElementsAre(0, -1, 2, 3, 4, -1, 6, -1));
}

TEST(LayOut, RemoveCutsWhatEveryLayerCanSpareAndZeroesTheRest) {
  const auto layout = Lay(kUneven, {.mode = PruneMode::kRemove});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 7);
  EXPECT_THAT(layout->removed, ElementsAre(ElementsAre(5), ElementsAre(2)));
  EXPECT_THAT(layout->zeroed, ElementsAre(ElementsAre(1, 7), IsEmpty()));
  EXPECT_THAT(layout->Sources(0), ElementsAre(0, -1, 2, 3, 4, 6, -1));
  EXPECT_THAT(layout->Sources(1), ElementsAre(0, 1, 3, 4, 5, 6, 7));
}

TEST(LayOut, RoundingUpSparesNeurons) {
  const std::vector<PlannedNeuron> three_each = {{0, 0}, {0, 1}, {0, 2}, {1, 5}, {1, 6}, {1, 7}};
  const auto layout = Lay(three_each, {.mode = PruneMode::kRemove, .round_to = 2});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 6);
  EXPECT_THAT(layout->removed, ElementsAre(ElementsAre(0, 1), ElementsAre(5, 6)));
  EXPECT_THAT(layout->zeroed, ElementsAre(ElementsAre(2), ElementsAre(7)));
}

TEST(LayOut, NothingToCutIsNoError) {
  const auto one_layer = Lay({{0, 3}}, {.mode = PruneMode::kRemove});
  ASSERT_THAT(one_layer, IsOk());
  EXPECT_EQ(one_layer->width_after, 8);
  EXPECT_THAT(one_layer->zeroed, ElementsAre(ElementsAre(3), IsEmpty()));
  const auto rounded = Lay(kUneven, {.mode = PruneMode::kRemove, .round_to = 32});
  ASSERT_THAT(rounded, IsOk());
  EXPECT_EQ(rounded->width_after, 8);
  const auto empty = Lay({}, {.mode = PruneMode::kRemove, .round_to = 3});
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->width_after, 8);
  EXPECT_FALSE(empty->Changes(0) || empty->Changes(1));
}

TEST(LayOut, FillScoresCutTheBusiestLayersCountEverywhere) {
  std::vector<float> scores(16, 0.0f);
  scores[8 + 6] = 2.0f;
  scores[8 + 0] = 3.0f;
  scores[8 + 2] = 9.0f;  // planned already
  const auto layout = Lay(kUneven, {.mode = PruneMode::kRemove, .fill_scores = scores});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 5);
  EXPECT_THAT(layout->removed, ElementsAre(ElementsAre(1, 5, 7), ElementsAre(0, 2, 6)));
  EXPECT_THAT(layout->zeroed, ElementsAre(IsEmpty(), IsEmpty()));
  const auto rounded =
      Lay(kUneven, {.mode = PruneMode::kRemove, .round_to = 4, .fill_scores = scores});
  ASSERT_THAT(rounded, IsOk());
  EXPECT_EQ(rounded->width_after, 4);
  EXPECT_THAT(rounded->removed, ElementsAre(ElementsAre(0, 1, 5, 7), ElementsAre(0, 1, 2, 6)));
}

Result<PruneLayout> LayWithReserve(const std::vector<PlannedNeuron>& neurons,
                                   const std::vector<std::vector<int32_t>>& reserve,
                                   const PruneOptions& options) {
  Plan plan;
  plan.neurons = neurons;
  plan.reserve = reserve;
  return LayOut(plan, TwoLayersOfEight(), options);
}

const std::vector<PlannedNeuron> kTwoEach = {{0, 5}, {1, 2}, {0, 1}, {1, 7}};
const std::vector<std::vector<int32_t>> kReserve = {{6, 0, 3}, {4, 1, 0}};

TEST(LayOut, ReserveRoundsTheWidthDownAndIsTakenInOrder) {
  const PruneOptions by_three = {.mode = PruneMode::kRemove, .round_to = 3};
  const auto one_more =
      LayWithReserve(kTwoEach, kReserve, {.mode = PruneMode::kRemove, .round_to = 5});
  ASSERT_THAT(one_more, IsOk());
  EXPECT_EQ(one_more->width_after, 5);
  EXPECT_THAT(one_more->removed, ElementsAre(ElementsAre(1, 5, 6), ElementsAre(2, 4, 7)));
  EXPECT_THAT(one_more->zeroed, ElementsAre(IsEmpty(), IsEmpty()));
  const auto two_more =
      LayWithReserve(kTwoEach, kReserve, {.mode = PruneMode::kRemove, .round_to = 4});
  ASSERT_THAT(two_more, IsOk());
  EXPECT_EQ(two_more->width_after, 4);
  EXPECT_THAT(two_more->removed, ElementsAre(ElementsAre(0, 1, 5, 6), ElementsAre(1, 2, 4, 7)));
  const auto exact = LayWithReserve(kTwoEach, kReserve, by_three);
  ASSERT_THAT(exact, IsOk());
  EXPECT_EQ(exact->width_after, 6) << "the width fits already: the reserve stays";
  EXPECT_THAT(exact->removed, ElementsAre(ElementsAre(1, 5), ElementsAre(2, 7)));
}

TEST(LayOut, WithoutReserveTheSamePlanRoundsUp) {
  const auto layout = Lay(kTwoEach, {.mode = PruneMode::kRemove, .round_to = 4});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 8);
  EXPECT_THAT(layout->removed, ElementsAre(IsEmpty(), IsEmpty()));
  EXPECT_THAT(layout->zeroed, ElementsAre(ElementsAre(1, 5), ElementsAre(2, 7)));
}

TEST(LayOut, ReservePlaysNoPartInZeroing) {
  const auto layout = LayWithReserve(kTwoEach, kReserve, {.mode = PruneMode::kZero});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 8);
  EXPECT_THAT(layout->zeroed, ElementsAre(ElementsAre(1, 5), ElementsAre(2, 7)));
}

TEST(LayOut, ScoresToFillUpByGoBeforeTheReserve) {
  std::vector<float> scores(16, 0.0f);
  scores[3] = scores[8 + 0] = 1.0f;
  const auto layout = LayWithReserve(
      kTwoEach, kReserve, {.mode = PruneMode::kRemove, .round_to = 5, .fill_scores = scores});
  ASSERT_THAT(layout, IsOk());
  EXPECT_THAT(layout->removed, ElementsAre(ElementsAre(1, 3, 5), ElementsAre(0, 2, 7)));
}

TEST(LayOut, ReserveThatIsTooShortIsRefused) {
  EXPECT_THAT(LayWithReserve(kTwoEach, {{6, 0}, {4}}, {.mode = PruneMode::kRemove, .round_to = 4}),
              FailsWith(ErrorCode::kInvalidArgument,
                        "layer 1 must lose 4 neurons, the plan and its reserve name 3"));
  EXPECT_THAT(LayWithReserve(kTwoEach, kReserve, {.mode = PruneMode::kRemove, .round_to = 7}),
              FailsWith(ErrorCode::kInvalidArgument, "none would be left"));
}

TEST(LayOut, ReserveThatDoesNotFitTheModelIsRefused) {
  const PruneOptions options = {.mode = PruneMode::kRemove, .round_to = 5};
  EXPECT_THAT(LayWithReserve(kTwoEach, {{6}}, options),
              FailsWith(ErrorCode::kMismatch, "a reserve for 1 layers, the model has 2"));
  EXPECT_THAT(LayWithReserve(kTwoEach, {{6}, {8}}, options),
              FailsWith(ErrorCode::kMismatch, "layer 1 has neuron 8"));
  EXPECT_THAT(LayWithReserve(kTwoEach, {{5}, {4}}, options),
              FailsWith(ErrorCode::kMismatch, "layer 0 has neuron 5"));
}

TEST(LayOut, RefusesWhatMakesNoSense) {
  const PruneOptions remove = {.mode = PruneMode::kRemove};
  EXPECT_THAT(Lay({{2, 0}}, remove), FailsWith(ErrorCode::kMismatch, "layer 2"));
  EXPECT_THAT(Lay({{-1, 0}}, remove), FailsWith(ErrorCode::kMismatch, "layer -1"));
  EXPECT_THAT(Lay({{0, 8}}, remove), FailsWith(ErrorCode::kMismatch, "neuron 8"));
  EXPECT_THAT(Lay({{0, 1}, {0, 1}}, remove), FailsWith(ErrorCode::kInvalidArgument, "named twice"));
  EXPECT_THAT(Lay({}, {.round_to = 0}), FailsWith(ErrorCode::kInvalidArgument, "round_to"));
  EXPECT_THAT(Lay({}, {.fill_scores = {1.0f}}),
              FailsWith(ErrorCode::kInvalidArgument, "fill_scores has 1 values"));
  std::vector<PlannedNeuron> all;
  for (int32_t layer = 0; layer < 2; ++layer)
    for (int32_t neuron = 0; neuron < 8; ++neuron) all.push_back({layer, neuron});
  EXPECT_THAT(Lay(all, remove), FailsWith(ErrorCode::kInvalidArgument, "none would be left"));
  EXPECT_THAT(Lay(all, {.mode = PruneMode::kZero}), IsOk());
}

Result<PruneLayout> LayFour(const std::vector<PlannedNeuron>& neurons,
                            const std::vector<int32_t>& layers, const PruneOptions& options,
                            std::vector<std::vector<int32_t>> reserve = {}) {
  ModelConfig config = TwoLayersOfEight();
  config.num_layers = 4;
  Plan plan;
  plan.neurons = neurons;
  plan.layers = layers;
  plan.reserve = std::move(reserve);
  return LayOut(plan, config, options);
}

TEST(LayOut, LayersThatGoHaveNoSayInTheWidth) {
  const auto layout = LayFour({{0, 1}, {3, 2}}, {1, 2}, {.mode = PruneMode::kRemove});
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->width_after, 7);
  EXPECT_EQ(layout->num_layers_after(), 2);
  EXPECT_THAT(layout->KeptLayers(), ElementsAre(0, 3));
  EXPECT_EQ(layout->LayerAfter(3), 1);
  EXPECT_THAT(layout->removed, ElementsAre(ElementsAre(1), IsEmpty(), IsEmpty(), ElementsAre(2)));
  EXPECT_FALSE(layout->IsUneven());
  EXPECT_FALSE(layout->Changes(1));
}

TEST(LayOut, WidthsPerLayerRoundEachByItself) {
  const std::vector<PlannedNeuron> planned = {{0, 1}, {0, 2}, {0, 3}, {1, 4}, {3, 0}, {3, 7}};
  const PruneOptions options = {.mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer};
  const auto layout = LayFour(planned, {}, options);
  ASSERT_THAT(layout, IsOk());
  EXPECT_TRUE(layout->IsUneven());
  EXPECT_EQ(layout->width_after, 8);
  EXPECT_EQ(layout->WidthAfter(0), 5);
  EXPECT_EQ(layout->WidthAfter(2), 8);
  EXPECT_THAT(layout->Sources(3), ElementsAre(1, 2, 3, 4, 5, 6));
  PruneOptions rounded = options;
  rounded.round_to = 2;
  const auto up = LayFour(planned, {}, rounded);
  ASSERT_THAT(up, IsOk());
  EXPECT_EQ(up->WidthAfter(0), 6);
  EXPECT_THAT(up->zeroed[0], ElementsAre(3));
  EXPECT_EQ(up->WidthAfter(1), 8);
  const auto down = LayFour(planned, {}, rounded, {{0}, {0}, {0}, {1}});
  ASSERT_THAT(down, IsOk());
  EXPECT_EQ(down->WidthAfter(0), 4);
  EXPECT_THAT(down->removed[1], ElementsAre(0, 4));
  EXPECT_EQ(down->WidthAfter(2), 8);
}

}  // namespace
}  // namespace fairprune
