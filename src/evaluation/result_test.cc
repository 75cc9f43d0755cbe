#include "evaluation/result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/temp_folder.h"

namespace fairprune {
namespace {

TEST(AggregateGroup, WeighsBySizeAndPoolsErrorsAsTheHarness) {
  const Json golden =
      Json::parse(Slurp(std::string(FAIRPRUNE_TESTDATA) + "/evaluation/golden.json")).at("group");
  std::vector<TaskResult> tasks(golden.at("values").size());
  std::vector<const TaskResult*> pointers;
  for (size_t i = 0; i < tasks.size(); ++i) {
    tasks[i].num_items = golden.at("sizes")[i].get<int64_t>();
    tasks[i].metrics = {
        {"acc", golden.at("values")[i].get<double>(), true, golden.at("errors")[i].get<double>()}};
    pointers.push_back(&tasks[i]);
  }
  const TaskGroup group{"g", "2", {"a", "b", "c"}, {"acc", "absent"}};
  const GroupResult result = AggregateGroup(group, pointers);
  ASSERT_EQ(result.metrics.size(), 1U);
  EXPECT_DOUBLE_EQ(result.metrics[0].value, golden.at("mean").get<double>());
  EXPECT_TRUE(result.metrics[0].higher_is_better);
  ASSERT_TRUE(result.metrics[0].standard_error.has_value());
  EXPECT_NEAR(*result.metrics[0].standard_error, golden.at("error").get<double>(), 1e-15);
  EXPECT_EQ(result.num_items, 24);

  tasks[1].metrics[0].standard_error.reset();  // one "N/A" makes the group's
  EXPECT_FALSE(AggregateGroup(group, pointers).metrics[0].standard_error.has_value());
}

TEST(BootstrapPerplexityError, IsOfWholeChunksAndRepeatable) {
  MetricValues values;
  for (int i = 0; i < 40; ++i) values.push_back({-0.1 * (i % 7)});
  const double error = BootstrapPerplexityError(values, 1000);
  EXPECT_EQ(BootstrapPerplexityError(values, 1999), error);  // as the harness: iters // 1000 chunks
  EXPECT_NE(BootstrapPerplexityError(values, 2000), error);
  // exp(-mean) changes by its own size times a change of the mean.
  const double perplexity = FigureOf(FigureNamed("perplexity"), values);
  EXPECT_NEAR(error / perplexity, MeanStandardError(values), 0.1 * MeanStandardError(values));
}

}  // namespace
}  // namespace fairprune
