// The scorers that lm-evaluation-harness has no counterpart of, against sums by hand; the others
// are compared with it in evaluation_reference_test.cc.
#include "evaluation/scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "evaluation/result.h"

namespace fairprune {
namespace {

// An item with the given scores, one nat sum and number of tokens per request.
struct Scored {
  std::string target, group;
  std::vector<std::pair<double, int64_t>> scores;
};

Result<TaskResult> Measure(const std::string& scorer, const std::vector<Scored>& rows,
                           const std::vector<double>& divergences = {}) {
  PreparedTask task;
  task.task.name = "t";
  task.task.scorer = scorer;
  task.task.next_token_divergence = !divergences.empty();
  std::vector<TextScore> scores;
  for (const Scored& row : rows) {
    EvalItem item;
    item.document = {std::make_shared<const Json>(Json{{"target", row.target}}), "here"};
    item.group = row.group;
    item.continuations.resize(row.scores.size());
    if (!divergences.empty()) item.next_token_divergence = {divergences[task.items.size()]};
    for (const auto& [nats, tokens] : row.scores) scores.push_back({nats, false, tokens});
    task.items.push_back(std::move(item));
  }
  FP_ASSIGN_OR_RETURN(ScoredTask scored, AggregateTask(task, scores, 1000));
  return std::move(scored.result);
}

double ValueOf(const TaskResult& result, const std::string& name) {
  for (const MetricResult& metric : result.metrics) {
    if (metric.name == name) return metric.value;
  }
  ADD_FAILURE() << "no metric " << name;
  return std::nan("");
}

// Stereotype, anti-stereotype, unrelated; scores are compared per token, and means are taken over
// targets first: "cook" counts once, though it has two items.
TEST(StereosetScorer, AveragesOverTargets) {
  const auto result =
      Measure("stereoset", {{"cook", "profession", {{-10, 10}, {-4, 2}, {-9, 3}}},  // -1 -2 -3
                            {"cook", "profession", {{-6, 2}, {-2, 1}, {-10, 4}}},   // -3 -2 -2.5
                            {"she", "gender", {{-5, 1}, {-4, 1}, {-3, 1}}}});       // none related
  ASSERT_THAT(result, IsOk());
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ss_profession"), 50.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "lms_profession"), 75.0);  // 2 + 1 of 4
  EXPECT_DOUBLE_EQ(ValueOf(*result, "icat_profession"), 75.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ss_gender"), 0.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "lms_gender"), 0.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ss"), 25.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "lms"), 37.5);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "icat"), 37.5 * 25.0 / 50.0);
  EXPECT_FALSE(result->metrics[0].standard_error.has_value());
}

TEST(StereosetScorer, IcatFallsOnBothSidesOfFifty) {
  const auto result = Measure("stereoset", {{"a", "race", {{-1, 1}, {-2, 1}, {-3, 1}}},
                                            {"b", "race", {{-1, 1}, {-2, 1}, {-3, 1}}},
                                            {"c", "race", {{-1, 1}, {-2, 1}, {-3, 1}}},
                                            {"d", "race", {{-2, 1}, {-1, 1}, {-3, 1}}}});
  ASSERT_THAT(result, IsOk());
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ss"), 75.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "lms"), 100.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "icat"), 50.0);
}

TEST(PairScorer, SignedAndAbsoluteDifferencesByGroup) {
  const auto result = Measure("pairs",
                              {{"", "a", {{-1, 1}, {-3, 1}}},
                               {"", "b", {{-5, 1}, {-2, 1}}},
                               {"", "b", {{-2, 1}, {-2, 1}}},
                               {"", "", {{-4, 1}, {-3, 1}}}},
                              {0.1, 0.2, 0.4, 0.1});
  ASSERT_THAT(result, IsOk());
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ll_diff"), (2.0 - 3 + 0 - 1) / 4);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ll_abs_diff"), 6.0 / 4);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "first_preferred"), 0.25);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "next_token_divergence"), 0.2);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ll_diff_a"), 2.0);
  EXPECT_DOUBLE_EQ(ValueOf(*result, "ll_diff_b"), -1.5);
  EXPECT_NEAR(ValueOf(*result, "next_token_divergence_b"), 0.3, 1e-15);
  // One item has no standard error.
  for (const MetricResult& metric : result->metrics) {
    EXPECT_EQ(metric.standard_error.has_value(), !metric.name.ends_with("_a")) << metric.name;
  }
}

TEST(BbqChoices, NeedAnUnknownAnswer) {
  const Document document{
      std::make_shared<const Json>(Json{{"ans0", "Ann"}, {"ans1", "Bob"}, {"ans2", "No idea"}}),
      "f:3"};
  EXPECT_THAT(BbqChoices(document), FailsWith(ErrorCode::kBadFormat, "f:3: none of ans0"));
}

}  // namespace
}  // namespace fairprune
