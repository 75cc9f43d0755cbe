#include "selection/constrained_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "statistics/random.h"

namespace fairprune {
namespace {

ChoiceProblem Problem(std::vector<double> gain, int64_t count) {
  ChoiceProblem problem;
  problem.off.resize(gain.size());
  problem.gain = std::move(gain);
  problem.count = count;
  problem.max_changes = 100;
  return problem;
}

double Total(const std::vector<uint8_t>& off, const std::vector<double>& of) {
  double sum = 0;
  for (size_t i = 0; i < off.size(); ++i) sum += off[i] != 0 ? of[i] : 0;
  return sum;
}

TEST(ChooseWithinLimitsTest, TakesTheMostGainThatIsAboveZero) {
  const Choice choice = ChooseWithinLimits(Problem({1, 5, -1, 3}, 3));
  EXPECT_EQ(choice.off, (std::vector<uint8_t>{1, 1, 0, 1}));
  EXPECT_DOUBLE_EQ(choice.expected_gain, 9);
  EXPECT_EQ(ChooseWithinLimits(Problem({1, 5, -1, 3}, 2)).off, (std::vector<uint8_t>{0, 1, 0, 1}));
  EXPECT_EQ(ChooseWithinLimits(Problem({1, 5, -1, 3}, 4)).off, (std::vector<uint8_t>{1, 1, 0, 1}));
  // Ties: the lower index.
  EXPECT_EQ(ChooseWithinLimits(Problem({2, 2, 2}, 1)).off, (std::vector<uint8_t>{1, 0, 0}));
}

TEST(ChooseWithinLimitsTest, ALimitTurnsTheChoiceToWhatIsCheap) {
  ChoiceProblem problem = Problem({5, 4, 4}, 2);
  problem.costs = {{"loss", {10, 1, 1}, 0, 3}};
  const Choice choice = ChooseWithinLimits(problem);
  EXPECT_EQ(choice.off, (std::vector<uint8_t>{0, 1, 1}));
  EXPECT_LE(choice.expected_cost[0], 3);
  EXPECT_GT(choice.prices[0], 0);
  problem.costs[0].limit = 20;
  EXPECT_EQ(ChooseWithinLimits(problem).off, (std::vector<uint8_t>{1, 1, 0}));
  EXPECT_EQ(ChooseWithinLimits(problem).prices[0], 0);
}

TEST(ChooseWithinLimitsTest, WhatHelpsACostMakesRoomForWhatHurtsIt) {
  ChoiceProblem problem = Problem({5, 1}, 2);
  problem.costs = {{"loss", {4, -3}, 0, 2}};
  EXPECT_EQ(ChooseWithinLimits(problem).off, (std::vector<uint8_t>{1, 1}));
}

TEST(ChooseWithinLimitsTest, WhatIsSpentAlreadyCountsAndNeuronsComeBack) {
  ChoiceProblem problem = Problem({5, 4}, 2);
  problem.off = {1, 1};
  problem.costs = {{"loss", {1, 3}, /*spent=*/4, /*limit=*/2}};
  const Choice choice = ChooseWithinLimits(problem);
  EXPECT_EQ(choice.off, (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(choice.changes, (std::vector<size_t>{1}));
  EXPECT_DOUBLE_EQ(choice.expected_cost[0], 1);
}

TEST(ChooseWithinLimitsTest, ANeuronOfNegativeValueNeverStays) {
  ChoiceProblem problem = Problem({-0.1, 4}, 2);
  problem.off = {1, 1};
  EXPECT_EQ(ChooseWithinLimits(problem).off, (std::vector<uint8_t>{0, 1}));
}

TEST(ChooseWithinLimitsTest, ChangesAreLimitedAndExchangesCountTwice) {
  ChoiceProblem problem = Problem({9, 8, 7, 1, 1, 1}, 3);
  problem.off = {0, 0, 0, 1, 1, 1};
  problem.max_changes = 4;
  const Choice choice = ChooseWithinLimits(problem);
  EXPECT_EQ(choice.changes.size(), 4U);
  EXPECT_EQ(choice.changes[0], 0U);  // the most valuable comes in first, for the least valuable
  EXPECT_EQ(choice.off[0] + choice.off[1], 2);
  EXPECT_EQ(std::accumulate(choice.off.begin(), choice.off.end(), 0), 3);
}

TEST(ChooseWithinLimitsTest, FewerThanAreOffWhenTheCountFalls) {
  ChoiceProblem problem = Problem({9, 8, 7}, 1);
  problem.off = {1, 1, 1};
  EXPECT_EQ(ChooseWithinLimits(problem).off, (std::vector<uint8_t>{1, 0, 0}));
}

// Against all subsets: within the limits always, and never far from the best.
TEST(ChooseWithinLimitsTest, CloseToTheBestOfAllSubsets) {
  RandomSource random(3);
  const auto number = [&] { return static_cast<double>(random.Below(1000)) / 100; };
  for (int trial = 0; trial < 60; ++trial) {
    ChoiceProblem problem = Problem({}, 5);
    problem.costs = {{"a", {}, 0, 12}, {"b", {}, 0, 14}};
    for (int i = 0; i < 12; ++i) {
      problem.gain.push_back(number());
      problem.costs[0].cost.push_back(number());
      problem.costs[1].cost.push_back(number());
    }
    problem.off.resize(12);
    const Choice choice = ChooseWithinLimits(problem);
    double best = 0;
    for (uint32_t subset = 0; subset < (1U << 12); ++subset) {
      std::vector<uint8_t> off(12);
      for (size_t i = 0; i < 12; ++i) off[i] = (subset >> i) & 1U;
      if (std::accumulate(off.begin(), off.end(), 0) > 5) continue;
      if (Total(off, problem.costs[0].cost) > 12 || Total(off, problem.costs[1].cost) > 14)
        continue;
      best = std::max(best, Total(off, problem.gain));
    }
    EXPECT_LE(choice.expected_cost[0], 12 + 1e-9);
    EXPECT_LE(choice.expected_cost[1], 14 + 1e-9);
    // A relaxation loses at most about one neuron's worth.
    EXPECT_GE(choice.expected_gain, best - 10);
    EXPECT_NEAR(choice.expected_gain, Total(choice.off, problem.gain), 1e-9);
  }
}

// Many neurons and five costs of either sign, each with little room: the case of a search. For any
// prices, the gain at them plus the price of the room left bounds the best choice from above.
TEST(ChooseWithinLimitsTest, CloseToTheBoundOfItsPricesWithManyCosts) {
  RandomSource random(5);
  const auto centred = [&] { return static_cast<double>(random.Below(2001) - 1000) / 1000; };
  ChoiceProblem problem = Problem({}, 40);
  const size_t num_costs = 5;
  problem.costs.resize(num_costs);
  for (int i = 0; i < 5000; ++i) {
    // A square makes a few neurons matter far more than the others, in everything.
    const double size = std::pow(centred(), 2);
    problem.gain.push_back(size * centred());
    for (CostLimit& cost : problem.costs) cost.cost.push_back(size * (centred() + 0.2));
  }
  for (CostLimit& cost : problem.costs) cost.limit = 0.05;
  problem.costs[2].limit = 0.0005;
  problem.costs[4].spent = 0.3;  // passed already
  problem.off.resize(problem.gain.size());
  const Choice choice = ChooseWithinLimits(problem);
  for (const CostLimit& cost : problem.costs) {
    EXPECT_LE(cost.spent + Total(choice.off, cost.cost), cost.limit + 1e-9);
  }
  EXPECT_LE(std::accumulate(choice.off.begin(), choice.off.end(), 0), 40);
  std::vector<double> value = problem.gain;
  double bound = 0;
  for (size_t c = 0; c < num_costs; ++c) {
    bound += choice.prices[c] * (problem.costs[c].limit - problem.costs[c].spent);
    for (size_t i = 0; i < value.size(); ++i) {
      value[i] -= choice.prices[c] * problem.costs[c].cost[i];
    }
  }
  std::ranges::sort(value, std::greater<>());
  for (size_t i = 0; i < 40; ++i) bound += std::max(0.0, value[i]);
  EXPECT_GE(choice.expected_gain, 0.95 * bound);
  EXPECT_LE(choice.expected_gain, bound + 1e-9);
}

TEST(ChooseWithinLimitsTest, IneligibleNeuronsStayOnWhereALimitBinds) {
  ChoiceProblem problem = Problem({5, -HUGE_VAL, 4, 4}, 3);
  problem.costs = {{"loss", {10, 0.1, 1, 1}, 0, 3}};
  EXPECT_EQ(ChooseWithinLimits(problem).off, (std::vector<uint8_t>{0, 0, 1, 1}));
}

}  // namespace
}  // namespace fairprune
