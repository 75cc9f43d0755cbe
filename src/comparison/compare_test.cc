#include "comparison/compare.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "comparison/folder_for_test.h"
#include "statistics/multiple_tests.h"

namespace fairprune {
namespace {

using testing::ElementsAre;

std::vector<TestTask> Accuracy(const std::string& name, const std::vector<double>& correct,
                               std::vector<std::string> clusters = {}) {
  TestTask task{name, {{"acc", "mean", {}}}, std::move(clusters)};
  for (const double value : correct) task.metrics[0].values.push_back({value});
  return {task};
}

class CompareTest : public testing::Test {
 protected:
  Result<PairedEvaluations> Pair(const std::vector<TestTask>& before,
                                 const std::vector<TestTask>& after,
                                 const std::vector<std::string>& of_group = {}) {
    return Pair(before, ResultsForTest(before, of_group), after, ResultsForTest(after, of_group));
  }
  Result<PairedEvaluations> Pair(const std::vector<TestTask>& before, const Json& before_results,
                                 const std::vector<TestTask>& after, const Json& after_results) {
    FP_ASSIGN_OR_RETURN(EvaluationFolder a, ReadEvaluationFolder(WriteFolderForTest(
                                                folder_, "a", before, before_results)));
    FP_ASSIGN_OR_RETURN(EvaluationFolder b, ReadEvaluationFolder(WriteFolderForTest(
                                                folder_, "b", after, after_results)));
    return PairEvaluations(std::move(a), std::move(b));
  }
  TempFolder folder_;
};

TEST_F(CompareTest, CountsFlipsBothWaysAndTestsThePairs) {
  const auto pair =
      Pair(Accuracy("t", {0, 0, 0, 1, 1, 0, 0, 1}), Accuracy("t", {1, 1, 1, 0, 1, 1, 1, 1}));
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"*"}, {});
  ASSERT_THAT(compared, IsOk());
  ASSERT_EQ(compared->size(), 1U);
  const ComparedMetric& one = compared->front();
  EXPECT_EQ(one.metric->gained, 5);
  EXPECT_EQ(one.metric->lost, 1);
  EXPECT_DOUBLE_EQ(one.result.difference, 0.5);
  // Of the 64 signs of six flips, those with a sum of at least 4 either way: (1 + 6) twice.
  EXPECT_DOUBLE_EQ(one.result.p_value, 14.0 / 64);
  EXPECT_TRUE(one.result.exact);
  EXPECT_EQ(one.result.num_clusters, 8);
}

TEST_F(CompareTest, ClustersAreDrawnAndFlippedWhole) {
  const std::vector<std::string> clusters = {"x", "x", "x", "x", "y", "y", "y", "z"};
  const auto pair = Pair(Accuracy("t", {0, 0, 0, 0, 0, 0, 0, 1}, clusters),
                         Accuracy("t", {1, 1, 1, 1, 1, 1, 1, 1}, clusters));
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"t.acc"}, {});
  ASSERT_THAT(compared, IsOk());
  EXPECT_EQ(compared->front().result.num_clusters, 3);
  EXPECT_DOUBLE_EQ(compared->front().result.p_value, 2.0 / 4);  // signs of 4 and 3
}

TEST_F(CompareTest, HolmIsOverTheChosenFamily) {
  std::vector<TestTask> before, after;
  for (const char* name : {"a", "b", "c"}) {
    const bool differs = name[0] == 'a';
    before.push_back(Accuracy(name, {0, 0, 0, 0, 0, 0, 0, 0})[0]);
    after.push_back(Accuracy(name, {differs ? 1.0 : 0, 1, 1, 1, 1, differs ? 1.0 : 0, 1, 0})[0]);
  }
  const auto pair = Pair(before, after);
  ASSERT_THAT(pair, IsOk());
  const auto all = CompareMetrics(*pair, {"*"}, {});
  ASSERT_THAT(all, IsOk());
  std::vector<double> p;
  for (const ComparedMetric& one : *all) p.push_back(one.result.p_value);
  const std::vector<double> adjusted = HolmAdjust(p);
  for (size_t i = 0; i < 3; ++i) EXPECT_DOUBLE_EQ((*all)[i].p_holm, adjusted[i]);
  EXPECT_DOUBLE_EQ((*all)[0].p_holm, 3 * p[0]);
  const auto one = CompareMetrics(*pair, {"a.*"}, {});
  ASSERT_THAT(one, IsOk());
  EXPECT_DOUBLE_EQ(one->front().p_holm, p[0]);
  EXPECT_THAT(CompareMetrics(*pair, {"d.acc"}, {}),
              FailsWith(ErrorCode::kInvalidArgument, "is called \"d.acc\""));
}

// Scores that are no means are computed anew from sums: BBQ's over the items that it is of.
TEST_F(CompareTest, FiguresThatAreNoMeans) {
  const auto bbq = [](const std::vector<MetricValue>& values) {
    return std::vector<TestTask>{{"bbq", {{"amb", "bbq_bias_ambiguous", values}}, {}}};
  };
  // {correct, biased, known, disambiguated}
  const auto pair =
      Pair(bbq({{0, 1, 1, 0}, {0, 1, 1, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}, {0, 1, 1, 1}}),
           bbq({{0, 1, 1, 0}, {1, 0, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}, {0, 1, 1, 1}}));
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"*"}, {});
  ASSERT_THAT(compared, IsOk());
  const ComparedMetric& one = compared->front();
  EXPECT_NEAR(one.result.before, 0.75 * (2.0 * 2 / 3 - 1), 1e-12);
  EXPECT_NEAR(one.result.after, 0, 1e-12);
  EXPECT_EQ(one.metric->lost, 1);  // a biased answer less
  EXPECT_EQ(one.metric->gained, 0);
}

TEST_F(CompareTest, AGroupIsTheMeanOfItsTasksByTheirItems) {
  const auto tasks = [](double x, double y) {
    return std::vector<TestTask>{Accuracy("a", {x, 1, 0})[0], Accuracy("b", {y, y, 1, 0, 1})[0]};
  };
  const auto pair = Pair(tasks(0, 0), tasks(1, 1), {"acc"});
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"all.acc"}, {});
  ASSERT_THAT(compared, IsOk());
  EXPECT_NEAR(compared->front().result.before, 3.0 / 8, 1e-12);
  EXPECT_NEAR(compared->front().result.after, 6.0 / 8, 1e-12);
  EXPECT_EQ(compared->front().result.num_items, 8);
  EXPECT_EQ(compared->front().metric->gained, 3);
}

// {correct, one of them}: the tasks' accuracies 1/2 and 1 are weighted by 3 and 2 items.
TEST_F(CompareTest, AGroupOfFiguresThatAreNoMeans) {
  const auto task = [](const char* name, std::vector<MetricValue> values) {
    return TestTask{name, {{"acc_ambig", "esbbq_accuracy", std::move(values)}}, {}};
  };
  const std::vector<TestTask> before = {task("a", {{1, 1}, {0, 1}, {0, 0}}),
                                        task("b", {{1, 1}, {1, 1}})};
  const std::vector<TestTask> after = {task("a", {{1, 1}, {1, 1}, {0, 0}}),
                                       task("b", {{0, 1}, {1, 1}})};
  const auto pair = Pair(before, after, {"acc_ambig"});
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"all.*"}, {});
  ASSERT_THAT(compared, IsOk());
  EXPECT_NEAR(compared->front().result.before, (3 * 0.5 + 2 * 1.0) / 5, 1e-12);
  EXPECT_NEAR(compared->front().result.after, (3 * 1.0 + 2 * 0.5) / 5, 1e-12);
}

TEST_F(CompareTest, NoChangeHasAnIntervalOfNothing) {
  const auto pair = Pair(Accuracy("t", {0, 1, 1}), Accuracy("t", {0, 1, 1}));
  ASSERT_THAT(pair, IsOk());
  const auto compared = CompareMetrics(*pair, {"*"}, {});
  ASSERT_THAT(compared, IsOk());
  EXPECT_EQ(compared->front().result.low, 0);
  EXPECT_EQ(compared->front().result.high, 0);
  EXPECT_EQ(compared->front().result.p_value, 1);
}

TEST_F(CompareTest, RefusesWhatCannotBePaired) {
  const auto tasks = Accuracy("t", {0, 1, 1});
  const Json results = ResultsForTest(tasks);
  const auto refuses = [&](const std::string& at, const Json& value, const std::string& why) {
    Json other = results;
    other.at(nlohmann::json_pointer<std::string>(at)) = value;
    EXPECT_THAT(Pair(tasks, results, tasks, other), FailsWith(ErrorCode::kMismatch, why)) << at;
  };
  refuses("/versions/t", 2.0, "t: version: 1 and 2");
  refuses("/n-shot/t", 3, "t: few-shot examples: 0 and 3");
  refuses("/data/t/0/sha256", "cc", "t: SHA-256 of the data: bb and cc");
  refuses("/task_hashes/t", "cc", "t: other requests were made of the same data");
  EXPECT_THAT(Pair(tasks, Accuracy("t", {0, 1})),
              FailsWith(ErrorCode::kMismatch, "t: items: 3 and 2"));
  EXPECT_THAT(Pair(tasks, Accuracy("u", {0, 1, 1})),
              FailsWith(ErrorCode::kMismatch, "have no task in common"));
  Json seeded = results, other = results;
  seeded["n-shot"]["t"] = other["n-shot"]["t"] = 2;
  other["config"]["fewshot_seed"] = 9;
  EXPECT_THAT(Pair(tasks, seeded, tasks, other),
              FailsWith(ErrorCode::kMismatch, "t: seed: 1 and 9"));
}

TEST_F(CompareTest, TasksOfOneSideAreNamed) {
  auto before = Accuracy("t", {0, 1}), after = before;
  before.push_back(Accuracy("u", {1})[0]);
  after.push_back(Accuracy("v", {1})[0]);
  const auto pair = Pair(before, after);
  ASSERT_THAT(pair, IsOk());
  EXPECT_THAT(pair->only_before, ElementsAre("u"));
  EXPECT_THAT(pair->only_after, ElementsAre("v"));
}

TEST_F(CompareTest, MalformedFoldersAreNamed) {
  const auto tasks = Accuracy("t", {0, 1});
  const Json results = ResultsForTest(tasks);
  const std::string path = WriteFolderForTest(folder_, "a", tasks, results);
  const auto fails = [&](ErrorCode code, const std::string& why) {
    EXPECT_THAT(ReadEvaluationFolder(path), FailsWith(code, why));
  };
  folder_.Write("a/samples_t.jsonl", "{\"doc\": 0, \"metrics\": {\"acc\": 0}}\n");
  fails(ErrorCode::kMismatch, "samples_t.jsonl: expected 2 items");
  folder_.Write(
      "a/samples_t.jsonl",
      "{\"doc\": 0, \"metrics\": {\"acc\": 0}}\n{\"doc\": 1, \"metrics\": {\"acc\": 0}}\n");
  fails(ErrorCode::kMismatch, "samples_t.jsonl: the items give 0 for acc");
  folder_.Write("a/samples_t.jsonl", "{\"doc\": 0, \"metrics\": {\"acc\": [1, 2]}}\n");
  fails(ErrorCode::kBadFormat, "samples_t.jsonl:1: acc: expected 1 numbers, found [1,2]");
  folder_.Write("a/samples_t.jsonl", "{\"doc\": 0,\n");
  fails(ErrorCode::kBadFormat, "samples_t.jsonl: line 1");
  Json other = results;
  other["figures"]["t"]["acc"] = "mode";
  folder_.Write("a/results.json", DumpJson(other));
  fails(ErrorCode::kUnsupported, "\"mode\" of t.acc is unknown");
  other.erase("figures");
  folder_.Write("a/results.json", DumpJson(other));
  fails(ErrorCode::kBadFormat, "results.json: there is no \"figures\"");
  EXPECT_THAT(ReadEvaluationFolder(folder_.File("nothing")),
              FailsWith(ErrorCode::kNotFound, "nothing/results.json"));
}

}  // namespace
}  // namespace fairprune
