// Widths, quotas and layers: OptiPFair's own choices (testdata/pruning, tools/
// make_prune_reference.py), and the rules of FillQuota and SelectLayers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "attribution/exact_effects.h"
#include "attribution/importance.h"
#include "attribution/text_scores.h"
#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "io/json.h"
#include "selection/attribution_search.h"
#include "selection/layers.h"
#include "selection/neutral_cost.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;

const std::string kTestdata = FAIRPRUNE_TESTDATA;

// [L, F], high = keep.
Result<Tensor> ImportanceOf(const Json& row, const Model& model, const Json& windows) {
  if (!row["calibrated"].get<bool>()) {
    FP_ASSIGN_OR_RETURN(const ImportanceMethod method,
                        ParseImportanceMethod(row["method"].get<std::string>()));
    return ComputeImportance(model, method);
  }
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model));
  FP_ASSIGN_OR_RETURN(const TextScores text,
                      MeasureOnText(engine, windows.get<std::vector<std::vector<int32_t>>>()));
  return HybridImportance(model, text.activation_norms);
}

// The neurons that stay of every layer, ascending, chosen as `select` chooses them.
Result<std::vector<std::vector<int32_t>>> Kept(const Json& row, const Model& model,
                                               const Json& windows) {
  const int64_t num_neurons = model.config.intermediate_size;
  double percentage = row.value("percentage", 0.0);
  if (row.contains("rate")) {
    FP_ASSIGN_OR_RETURN(percentage, PercentageOfExpansion(num_neurons, model.config.hidden_size,
                                                          row["rate"].get<double>()));
  }
  const int64_t divisor = row["divisor"].is_null() ? 1 : row["divisor"].get<int64_t>();
  FP_ASSIGN_OR_RETURN(const int64_t keep, NeuronsToKeep(num_neurons, percentage, divisor));
  EXPECT_EQ(keep, row["width"].get<int64_t>());
  FP_ASSIGN_OR_RETURN(Tensor scores, ImportanceOf(row, model, windows));
  for (float& score : scores.span()) score = -score;
  SelectOptions options{.count = num_neurons - keep, .per_layer = true};
  if (!row["layers"].is_null()) {
    const auto included = row["layers"].get<std::vector<int32_t>>();
    for (int32_t layer = 0; layer < model.config.num_layers; ++layer)
      if (std::ranges::find(included, layer) == included.end())
        options.excluded_layers.push_back(layer);
  }
  FP_ASSIGN_OR_RETURN(const std::vector<PlannedNeuron> chosen, SelectNeurons(scores, options));
  std::vector<std::vector<int32_t>> kept(static_cast<size_t>(model.config.num_layers));
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer)
    for (int32_t neuron = 0; neuron < num_neurons; ++neuron)
      if (std::ranges::none_of(chosen, [&](const PlannedNeuron& planned) {
            return planned.layer == layer && planned.neuron == neuron;
          }))
        kept[static_cast<size_t>(layer)].push_back(neuron);
  return kept;
}

TEST(WidthReferenceTest, KeepsWhatPruneModelKeeps) {
  const auto document = ReadJsonFile(kTestdata + "/pruning/optipfair.json");
  ASSERT_THAT(document, IsOk());
  ASSERT_EQ((*document)["width"].size(), 13U);
  for (const Json& row : (*document)["width"]) {
    const auto name = row["model"].get<std::string>();
    SCOPED_TRACE(name + " " + DumpJson(row, -1).substr(0, 120));
    const auto checkpoint = Checkpoint::Open(kTestdata + "/models/" + name);
    ASSERT_THAT(checkpoint, IsOk());
    const auto model = DescribeModel(*checkpoint);
    ASSERT_THAT(model, IsOk());
    const auto kept = Kept(row, *model, (*document)["windows"]);
    ASSERT_THAT(kept, IsOk());
    for (size_t layer = 0; layer < kept->size(); ++layer)
      EXPECT_EQ((*kept)[layer], row["kept"][std::to_string(layer)].get<std::vector<int32_t>>())
          << layer;
  }
}

TEST(DepthReferenceTest, TakesTheLayersThatPruneModelTakes) {
  const auto document = ReadJsonFile(kTestdata + "/pruning/optipfair.json");
  ASSERT_THAT(document, IsOk());
  for (const Json& row : (*document)["depth"]) {
    if (row.contains("layers")) continue;
    const auto num_layers = static_cast<int64_t>(row["model"] == "gemma3" ? 7 : 2);
    int64_t count = row.value("count", int64_t{0});
    if (row.contains("percentage")) {
      const auto found = LayersOfPercentage(num_layers, row["percentage"].get<double>());
      ASSERT_THAT(found, IsOk());
      count = *found;
    }
    const auto order = row["order"] == "first" ? LayerOrder::kFirst : LayerOrder::kLast;
    EXPECT_THAT(SelectLayers(num_layers, count, order),
                IsOkAndHolds(row["removed"].get<std::vector<int32_t>>()));
  }
}

TEST(SelectLayersTest, TakesThoseThatDoLeast) {
  const std::vector<double> importance = {0.5, 0.1, 0.3, 0.1, 0.05};
  EXPECT_THAT(SelectLayers(5, 2, LayerOrder::kLeastImportant, importance),
              IsOkAndHolds(ElementsAre(1, 4)));
  EXPECT_THAT(SelectLayers(5, 5, LayerOrder::kLast),
              FailsWith(ErrorCode::kInvalidArgument, "expected 1 to 4"));
  EXPECT_THAT(LayersOfPercentage(7, 14), FailsWith(ErrorCode::kInvalidArgument, "none"));
  EXPECT_THAT(LayersOfPercentage(7, 100), FailsWith(ErrorCode::kInvalidArgument, "all of them"));
  EXPECT_THAT(LayersOfPercentage(7, 99.9), IsOkAndHolds(6));
}

TEST(ParseLayerListsTest, ReadsNumbersAndRanges) {
  EXPECT_THAT(ParseLayerLists({"7,0-2", "4"}, 8), IsOkAndHolds(ElementsAre(0, 1, 2, 4, 7)));
  EXPECT_THAT(ParseLayerLists({}, 8), IsOkAndHolds(ElementsAre()));
  for (const char* bad : {"", "a", "1,", "3-1", "-1", "8", "0-8", "1--2", "1-2-3"})
    EXPECT_THAT(ParseLayerLists({bad}, 8), FailsWith(ErrorCode::kInvalidArgument, "from 0 to 7"))
        << bad;
  EXPECT_THAT(ParseLayerLists({"1-3", "2"}, 8),
              FailsWith(ErrorCode::kInvalidArgument, "named twice"));
}

TEST(PercentageOfExpansionTest, RefusesWhatWouldNotNarrow) {
  EXPECT_THAT(PercentageOfExpansion(1536, 576, 266.7),
              FailsWith(ErrorCode::kInvalidArgument, "below 266.667 %"));
  EXPECT_THAT(PercentageOfExpansion(1536, 576, 0), FailsWith(ErrorCode::kInvalidArgument, ""));
  EXPECT_THAT(PercentageOfExpansion(1536, 576, 200), IsOkAndHolds(25.0));
}

// Three layers of four neurons; the score says that high neurons go first.
Tensor Rising() {
  Tensor scores({3, 4});
  for (int64_t i = 0; i < scores.size(); ++i) scores.data()[i] = static_cast<float>(i % 4);
  return scores;
}

TEST(FillQuotaTest, ChosenNeuronsGoFirstAndTheScoreFillsTheRest) {
  const std::vector<PlannedNeuron> chosen = {{2, 0, 9}, {0, 3, 8}, {0, 1, 7}};
  const auto filled = FillQuota(chosen, Rising(), 2, {});
  ASSERT_THAT(filled, IsOk());
  EXPECT_THAT(*filled,
              ElementsAre(PlannedNeuron{2, 0, 9}, PlannedNeuron{0, 3, 8}, PlannedNeuron{0, 1, 7},
                          PlannedNeuron{1, 3, 3}, PlannedNeuron{2, 3, 3}, PlannedNeuron{1, 2, 2}));
}

TEST(FillQuotaTest, RefusesWhatDoesNotFit) {
  const std::vector<PlannedNeuron> three = {{1, 0, 9}, {1, 3, 8}, {1, 1, 7}};
  EXPECT_THAT(FillQuota(three, Rising(), 2, {}),
              FailsWith(ErrorCode::kInvalidArgument,
                        "3 neurons of layer 1 are chosen, and it is to lose 2; choose fewer, or a "
                        "width of 1 at most"));
  EXPECT_THAT(FillQuota(three, Rising(), 3, {1}),
              FailsWith(ErrorCode::kInvalidArgument, "it is to lose 0"));
  EXPECT_THAT(FillQuota({}, Rising(), 4, {}), FailsWith(ErrorCode::kInvalidArgument, "0 to 3"));
  EXPECT_THAT(FillQuota({{0, 4, 1}}, Rising(), 1, {}),
              FailsWith(ErrorCode::kInvalidArgument, "neuron 4 of layer 0"));
  const auto without = FillQuota({}, Rising(), 1, {0, 2});
  ASSERT_THAT(without, IsOk());
  EXPECT_THAT(*without, ElementsAre(PlannedNeuron{1, 3, 3}));
}

TEST(NeutralCostTest, AGainIsNotTrustedAndWeightCosts) {
  EXPECT_DOUBLE_EQ(NeutralCost(5, 0.5, 0, 10), 0);     // would lower the loss
  EXPECT_DOUBLE_EQ(NeutralCost(-2, 0.5, 0, 10), 2.5);  // would raise it
  EXPECT_DOUBLE_EQ(NeutralCost(0, 0, 0.2, 10), 2);     // curvature alone, twice
  EXPECT_DOUBLE_EQ(NeutralCost(100, 0, 0.2, 10), 1);
}

// The neurons that cost least by the estimate move the text's loss less, really masked, than those
// that cost most. (Of a model that is not trained, removal lowers the loss as often as not.)
TEST(NeutralCostTest, OfANeuronThatIsOffIsSeenFromThere) {
  // A loss of -3 z + 2 z^2 in the neuron's factor z: 0 where it is off, -1 where it is on.
  // Switching it off costs 1, from either side; q is half of the second derivative.
  const double at_on = -3 + 4, at_off = -3, q = 2;
  EXPECT_DOUBLE_EQ(q - at_on, 1);
  EXPECT_DOUBLE_EQ(NeutralCostOfOff(at_off, 2 * q / 10, 10), 1);
}

TEST(NeutralCostTest, FollowsTheMeasuredLoss) {
  const auto checkpoint = Checkpoint::Open(kTestdata + "/models/llama");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  std::vector<TokenRequest> windows(2);
  for (int32_t i = 0; i < 40; ++i)
    windows[static_cast<size_t>(i % 2)].ids.push_back(3 + i * 7 % 80);
  for (TokenRequest& window : windows) window.first_scored = 1;
  const auto cost = MeasureNeutralCost(*engine, windows);
  ASSERT_THAT(cost, IsOk());
  ASSERT_EQ(cost->shape(), (Shape{2, 64}));
  for (const float value : cost->span()) EXPECT_GE(value, 0.0F);
  std::vector<int32_t> order(128);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int32_t i) { return cost->data()[i]; });
  std::vector<Ablation> ablations;
  for (const int32_t i : order) ablations.push_back({{i / 64, i % 64}});
  const auto losses = TextLoss(windows);
  ASSERT_THAT(losses, IsOk());
  const auto exact = MeasureExactEffects(*engine, *losses, ablations);
  ASSERT_THAT(exact, IsOk());
  double cheapest = 0, dearest = 0;
  for (size_t i = 0; i < 32; ++i) {
    cheapest += std::abs(exact->effects[i].mean);
    dearest += std::abs(exact->effects[127 - i].mean);
  }
  EXPECT_LT(cheapest, 0.3 * dearest);
}

}  // namespace
}  // namespace fairprune
