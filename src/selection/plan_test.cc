#include "selection/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Tensor MakeScores(int64_t num_layers, int64_t num_neurons, const std::vector<float>& values) {
  Tensor scores({num_layers, num_neurons});
  std::copy(values.begin(), values.end(), scores.data());
  return scores;
}

// 2 layers of 4 neurons.
Tensor TwoLayers() { return MakeScores(2, 4, {0.1F, 0.9F, 0.5F, 0.2F, 0.6F, 0.5F, 0.8F, -1}); }

std::vector<std::pair<int, int>> Places(const std::vector<PlannedNeuron>& neurons) {
  std::vector<std::pair<int, int>> places;
  for (const PlannedNeuron& neuron : neurons) places.emplace_back(neuron.layer, neuron.neuron);
  return places;
}

std::vector<std::pair<int, int>> Selected(const Tensor& scores, const SelectOptions& options) {
  const auto neurons = SelectNeurons(scores, options);
  EXPECT_THAT(neurons, IsOk());
  return neurons ? Places(*neurons) : std::vector<std::pair<int, int>>{};
}

TEST(SelectNeuronsTest, TakesTheHighestOverAllLayersInOrder) {
  EXPECT_THAT(Selected(TwoLayers(), {.count = 3}),
              ElementsAre(std::pair(0, 1), std::pair(1, 2), std::pair(1, 0)));
}

TEST(SelectNeuronsTest, KeepsTheScore) {
  const auto neurons = SelectNeurons(TwoLayers(), {.count = 1});
  ASSERT_THAT(neurons, IsOk());
  EXPECT_EQ(neurons->front().score, static_cast<double>(0.9F));
}

TEST(SelectNeuronsTest, EqualScoresGoByLayerThenNeuron) {
  EXPECT_THAT(Selected(MakeScores(2, 3, {1, 1, 1, 1, 1, 1}), {.count = 3}),
              ElementsAre(std::pair(0, 0), std::pair(0, 1), std::pair(1, 0)));
}

TEST(SelectNeuronsTest, PerLayerTakesTheSameNumberOfEach) {
  EXPECT_THAT(Selected(TwoLayers(), {.count = 2, .per_layer = true}),
              ElementsAre(std::pair(0, 1), std::pair(1, 2), std::pair(1, 0), std::pair(0, 2)));
}

TEST(SelectNeuronsTest, MaxPerLayerMovesTheRestElsewhere) {
  EXPECT_THAT(Selected(TwoLayers(), {.count = 2, .max_per_layer = 1}),
              ElementsAre(std::pair(0, 1), std::pair(1, 2)));
}

TEST(SelectNeuronsTest, ExcludedLayersGiveNone) {
  EXPECT_THAT(Selected(TwoLayers(), {.count = 2, .excluded_layers = {1, 1}}),
              ElementsAre(std::pair(0, 1), std::pair(0, 2)));
}

TEST(SelectNeuronsTest, PercentagesRoundDown) {
  EXPECT_EQ(Selected(TwoLayers(), {.percentage = 37.4}).size(), 2U);
  EXPECT_EQ(Selected(TwoLayers(), {.percentage = 37.5}).size(), 3U);
  EXPECT_EQ(Selected(TwoLayers(), {.percentage = 50, .excluded_layers = {0}}).size(), 2U);
  EXPECT_EQ(Selected(TwoLayers(), {.percentage = 25, .per_layer = true}).size(), 2U);
  // 29 / 100 * 100 is 28.999… in f64.
  EXPECT_EQ(Selected(Tensor::Zeros({1, 100}), {.percentage = 29}).size(), 28U);
}

TEST(SelectNeuronsTest, ALayerKeepsOneNeuron) {
  EXPECT_EQ(Selected(TwoLayers(), {.percentage = 100}).size(), 6U);
  EXPECT_EQ(Selected(TwoLayers(), {.count = 3, .per_layer = true}).size(), 6U);
  EXPECT_THAT(SelectNeurons(TwoLayers(), {.count = 7}),
              FailsWith(ErrorCode::kInvalidArgument, "at most 6 may go"));
}

TEST(SelectNeuronsTest, NothingWhenNothingIsAskedFor) {
  EXPECT_THAT(Selected(TwoLayers(), {.count = 0}), IsEmpty());
  EXPECT_THAT(Selected(TwoLayers(), {.percentage = 0}), IsEmpty());
  EXPECT_THAT(Selected(TwoLayers(), {.count = 0, .excluded_layers = {0, 1}}), IsEmpty());
}

TEST(SelectNeuronsTest, RefusesBadOptions) {
  const Tensor scores = TwoLayers();
  const auto fails = [](const std::string& message) {
    return FailsWith(ErrorCode::kInvalidArgument, message);
  };
  EXPECT_THAT(SelectNeurons(scores, {}), fails("neither of count and percentage"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 1, .percentage = 1}), fails("both of count"));
  EXPECT_THAT(SelectNeurons(scores, {.count = -2}), fails("count is -2"));
  EXPECT_THAT(SelectNeurons(scores, {.percentage = 100.5}), fails("percentage is 100.5"));
  EXPECT_THAT(SelectNeurons(scores, {.percentage = std::nan("")}), fails("percentage is nan"));
  EXPECT_THAT(SelectNeurons(scores, {.percentage = 1}), fails("1 % of 8 neurons is none"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 1, .max_per_layer = 0}), fails("max_per_layer is 0"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 3, .max_per_layer = 1}), fails("at most 2 may go"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 2, .per_layer = true, .max_per_layer = 1}),
              fails("asked for 2 neurons per layer"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 1, .excluded_layers = {2}}),
              fails("excluded layer 2 is outside 0 to 1"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 1, .excluded_layers = {0, 1}}),
              fails("at most 0 may go"));
  EXPECT_THAT(SelectNeurons(scores, {.count = 1, .per_layer = true, .excluded_layers = {0, 1}}),
              fails("at most 0 may go"));
}

TEST(SelectNeuronsTest, RefusesBadScores) {
  EXPECT_THAT(SelectNeurons(Tensor({4}), {.count = 1}),
              FailsWith(ErrorCode::kInvalidArgument, "scores are [4], expected [layers, neurons]"));
  EXPECT_THAT(SelectNeurons(Tensor({0, 4}), {.count = 1}),
              FailsWith(ErrorCode::kInvalidArgument, "scores are [0, 4]"));
  Tensor scores = TwoLayers();
  scores.data()[6] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(SelectNeurons(scores, {.count = 1}),
              FailsWith(ErrorCode::kInvalidArgument, "layer 1, neuron 2 is nan"));
}

TEST(KeptNeuronsTest, KeepsTheMostImportantInAscendingOrder) {
  const std::vector<float> importance = {0.1F, 0.9F, 0.5F, 0.2F};
  EXPECT_THAT(KeptNeurons(importance, 50, 1), IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_THAT(KeptNeurons(importance, 25, 1), IsOkAndHolds(ElementsAre(1, 2, 3)));
  EXPECT_THAT(KeptNeurons(importance, 100, 1), IsOkAndHolds(ElementsAre(1)));
}

TEST(KeptNeuronsTest, EqualImportanceKeepsTheLowerIndex) {
  EXPECT_THAT(KeptNeurons(std::vector<float>(5, 1.0F), 40, 1), IsOkAndHolds(ElementsAre(0, 1, 2)));
}

TEST(KeptNeuronsTest, RefusesBadArguments) {
  EXPECT_THAT(KeptNeurons({}, 50, 1), FailsWith(ErrorCode::kInvalidArgument, "0 neurons"));
  EXPECT_THAT(KeptNeurons(std::vector<float>{1, INFINITY}, 50, 1),
              FailsWith(ErrorCode::kInvalidArgument, "neuron 1 is inf"));
  EXPECT_THAT(NeuronsToKeep(10, -1, 1), FailsWith(ErrorCode::kInvalidArgument, "-1"));
  EXPECT_THAT(NeuronsToKeep(10, 10, 0), FailsWith(ErrorCode::kInvalidArgument, "divisor 0"));
}

// Every size and choice that tools/make_importance_fixtures.py drew from OptiPFair.
class OptiPFairFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto document = ReadJsonFile(FAIRPRUNE_TESTDATA "/selection/optipfair.json");
    ASSERT_THAT(document, IsOk());
    document_ = *std::move(document);
  }
  static int64_t Divisor(const Json& value) { return value.is_null() ? 1 : value.get<int64_t>(); }
  Json document_;
};

TEST_F(OptiPFairFixture, KeepsAsMany) {
  ASSERT_GT(document_["sizes"].size(), 300U);
  for (const Json& row : document_["sizes"]) {
    SCOPED_TRACE(DumpJson(row, -1));
    const auto keep = NeuronsToKeep(row[0].get<int64_t>(), row[1].get<double>(), Divisor(row[2]));
    if (row[3].is_null()) {
      EXPECT_THAT(keep, FailsWith(ErrorCode::kInvalidArgument, "removes none"));
    } else {
      EXPECT_THAT(keep, IsOkAndHolds(row[3].get<int64_t>()));
    }
  }
}

TEST_F(OptiPFairFixture, KeepsTheSame) {
  ASSERT_EQ(document_["choices"].size(), 4U);
  for (const Json& choice : document_["choices"]) {
    auto importance = choice["scores"].get<std::vector<float>>();
    for (float& value : importance) value = 1 - value;
    EXPECT_THAT(
        KeptNeurons(importance, choice["percentage"].get<double>(), Divisor(choice["divisor"])),
        IsOkAndHolds(choice["kept"].get<std::vector<int32_t>>()));
  }
}

}  // namespace
}  // namespace fairprune
