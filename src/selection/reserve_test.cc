#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;

Tensor Scores(Shape shape, const std::vector<float>& values) {
  Tensor scores(std::move(shape));
  std::copy(values.begin(), values.end(), scores.data());
  return scores;
}

TEST(ReserveTest, NamesTheNextNeuronsOfEachLayer) {
  const Tensor scores = Scores({2, 4}, {0.1F, 0.9F, 0.5F, 0.5F, 1.0F, 0.0F, 2.0F, 3.0F});
  const std::vector<PlannedNeuron> chosen = {{1, 3, 3.0}, {0, 1, 0.9}};
  EXPECT_THAT(ReserveNeurons(scores, chosen, 2), ElementsAre(ElementsAre(2, 3), ElementsAre(2, 0)));
  EXPECT_THAT(ReserveNeurons(scores, chosen, 99),
              ElementsAre(ElementsAre(2, 3, 0), ElementsAre(2, 0, 1)));
}

TEST(ReserveTest, IsKeptByThePlanFile) {
  Plan plan;
  plan.model_hash = std::string(64, 'a');
  plan.model_path = "m";
  plan.method = "test";
  plan.num_layers = 2;
  plan.num_neurons_per_layer = 4;
  plan.neurons = {{1, 3, 3.0}, {0, 1, 0.9}};
  plan.reserve = {{2, 3}, {2}};
  EXPECT_THAT(ParsePlan(PlanToJson(plan), "plan.json"), IsOkAndHolds(plan));
  const auto broken = [&](std::vector<std::vector<int32_t>> reserve) {
    Plan other = plan;
    other.reserve = std::move(reserve);
    return ParsePlan(PlanToJson(other), "plan.json");
  };
  EXPECT_THAT(broken({{2, 2}, {2}}), FailsWith(ErrorCode::kBadFormat, "reserve[0]: 2"));
  EXPECT_THAT(broken({{1}, {2}}), FailsWith(ErrorCode::kBadFormat, "reserve[0]: 1"));
  EXPECT_THAT(broken({{2}, {4}}), FailsWith(ErrorCode::kBadFormat, "reserve[1]: 4"));
  EXPECT_THAT(broken({{2}}), FailsWith(ErrorCode::kBadFormat, "list of 2 lists"));
}

}  // namespace
}  // namespace fairprune
