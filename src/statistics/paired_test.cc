#include "statistics/paired.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/result_matchers.h"
#include "statistics/multiple_tests.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// Columns (value, 1) of items whose values before are 0.
PairedSample Differences(const std::vector<double>& differences,
                         std::vector<int64_t> cluster = {}) {
  PairedSample sample{.columns = 2, .cluster = std::move(cluster)};
  for (const double value : differences) {
    sample.before.insert(sample.before.end(), {0.0, 1.0});
    sample.after.insert(sample.after.end(), {value, 1.0});
  }
  return sample;
}

PairedResult CompareOrDie(const PairedSample& sample, const PairedOptions& options = {}) {
  const Result<PairedResult> result = ComparePaired(sample, MeanOfSums, options);
  EXPECT_THAT(result, IsOk());
  return result ? *result : PairedResult{};
}

TEST(ComparePaired, ExactShareOfSignPatterns) {
  // Of the 16 patterns of signs of (1, 2, 3, 4), 2 have a sum of at least 10, 4 of at least 8.
  const PairedResult all = CompareOrDie(Differences({1, 2, 3, 4}));
  EXPECT_TRUE(all.exact);
  EXPECT_DOUBLE_EQ(all.p_value, 2.0 / 16);
  EXPECT_DOUBLE_EQ(CompareOrDie(Differences({-1, 2, 3, 4})).p_value, 4.0 / 16);
  EXPECT_DOUBLE_EQ(all.difference, 2.5);
}

TEST(ComparePaired, NoDifferenceIsNoEvidence) {
  const PairedResult none = CompareOrDie(Differences({0, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(none.p_value, 1);
  EXPECT_DOUBLE_EQ(none.effect_size, 0);
  EXPECT_TRUE(std::isnan(none.low));
  EXPECT_TRUE(std::isnan(none.high));
}

TEST(ComparePaired, CopiesOfAnItemAreNoFurtherEvidence) {
  const std::vector<double> values = {1, 2, -1, 3, 2, 1};
  std::vector<double> copies;
  std::vector<int64_t> cluster;
  for (size_t i = 0; i < values.size(); ++i)
    for (int copy = 0; copy < 5; ++copy) {
      copies.push_back(values[i]);
      cluster.push_back(static_cast<int64_t>(100 * i));
    }
  const PairedResult once = CompareOrDie(Differences(values));
  const PairedResult clustered = CompareOrDie(Differences(copies, cluster));
  EXPECT_EQ(clustered.num_items, 30);
  EXPECT_EQ(clustered.num_clusters, 6);
  EXPECT_DOUBLE_EQ(clustered.p_value, once.p_value);
  EXPECT_NEAR(clustered.low, once.low, 1e-12);
  EXPECT_NEAR(clustered.high, once.high, 1e-12);
  EXPECT_LT(CompareOrDie(Differences(copies)).p_value, once.p_value);  // as if independent
}

TEST(ComparePaired, RandomPatternsAgreeWithAllPatterns) {
  // 14 differing clusters are tried exactly; a fifteenth, tiny one brings in random patterns.
  RandomSource random(3);
  std::vector<double> values;
  for (int64_t i = 0; i < kExactClusters; ++i)
    values.push_back(static_cast<double>(random.Below(2001) - 800) / 1000);
  const PairedResult exact = CompareOrDie(Differences(values));
  values.push_back(1e-9);
  const PairedResult sampled = CompareOrDie(Differences(values), {.permutations = 40'000});
  EXPECT_TRUE(exact.exact);
  EXPECT_FALSE(sampled.exact);
  EXPECT_NEAR(sampled.p_value, exact.p_value, 0.01);  // four standard errors at p = 0.5
}

// The share of intervals that hold the truth, for samples of 40 from a skewed distribution.
TEST(ComparePaired, IntervalsCoverTheTruth) {
  RandomSource random(11);
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) {
      const double uniform = (static_cast<double>(random.Below(1'000'000)) + 0.5) / 1e6;
      values.push_back(-std::log(uniform));  // mean 1
    }
    const PairedResult result =
        CompareOrDie(Differences(values), {.resamples = 400, .permutations = 1});
    covered += result.low <= 1 && 1 <= result.high ? 1 : 0;
  }
  EXPECT_GE(covered, kTrials * 0.90);
  EXPECT_LE(covered, kTrials * 0.98);
}

TEST(ComparePaired, FiguresThatAreNoMeans) {
  // Perplexity: exp of nats over tokens.
  const auto perplexity = [](std::span<const double> sums) { return std::exp(sums[0] / sums[1]); };
  const PairedSample sample{
      .columns = 2, .before = {20, 10, 33, 11, 8, 4}, .after = {22, 10, 35, 11, 9, 4}};
  const Result<PairedResult> result = ComparePaired(sample, perplexity);
  ASSERT_THAT(result, IsOk());
  EXPECT_DOUBLE_EQ(result->before, std::exp(61.0 / 25));
  EXPECT_DOUBLE_EQ(result->after, std::exp(66.0 / 25));
  EXPECT_GT(result->low, 0);
  EXPECT_GT(result->high, result->difference);
  EXPECT_DOUBLE_EQ(result->p_value, 2.0 / 8);
}

TEST(ComparePaired, SameSeedSameNumbers) {
  const PairedSample sample =
      Differences({1.37, 2.11, -0.93, 3.01, 2.77, 1.19, 0.53, -0.29, 0.71, 1.83});
  const PairedResult a = CompareOrDie(sample, {.seed = 5});
  const PairedResult b = CompareOrDie(sample, {.seed = 5});
  const PairedResult c = CompareOrDie(sample, {.seed = 6});
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(a.low, c.low);
}

TEST(ComparePaired, RefusesWhatMakesNoSense) {
  EXPECT_THAT(ComparePaired({}, MeanOfSums),
              FailsWith(ErrorCode::kInvalidArgument, "at least one"));
  PairedSample sample = Differences({1, 2});
  sample.after.pop_back();
  EXPECT_THAT(ComparePaired(sample, MeanOfSums),
              FailsWith(ErrorCode::kInvalidArgument, "the same items"));
  EXPECT_THAT(ComparePaired(Differences({1, 2}, {7}), MeanOfSums),
              FailsWith(ErrorCode::kInvalidArgument, "2 items and 1 cluster labels"));
  EXPECT_THAT(ComparePaired(Differences({1, 2}), MeanOfSums, {.level = 1}),
              FailsWith(ErrorCode::kInvalidArgument, "level"));
  EXPECT_THAT(ComparePaired(Differences({std::nan("")}), MeanOfSums),
              FailsWith(ErrorCode::kInvalidArgument, "not finite"));
}

TEST(RandomSource, IsUniformAndTheSameEverywhere) {
  RandomSource random(
      5489);  // std::mt19937_64's first value for its default seed is in the standard
  EXPECT_EQ(random.Bits(), 14514284786278117030u);
  std::vector<int> counts(6);
  for (int i = 0; i < 60'000; ++i) ++counts[static_cast<size_t>(random.Below(6))];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
}

TEST(HolmAdjust, EmptyAndSingle) {
  EXPECT_TRUE(HolmAdjust({}).empty());
  EXPECT_EQ(HolmAdjust(std::vector<double>{0.03}), std::vector<double>{0.03});
}

}  // namespace
}  // namespace fairprune
