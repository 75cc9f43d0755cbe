#include "statistics/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace fairprune {
namespace {

using Values = std::vector<double>;

TEST(CorrelationTest, EqualsWhatIsWorkedOutByHand) {
  const Values x = {1, 2, 3, 4, 5};
  const Values y = {2, 1, 4, 3, 7};
  EXPECT_NEAR(PearsonCorrelation(x, y), 12 / std::sqrt(10 * 21.2), 1e-14);
  EXPECT_NEAR(SpearmanCorrelation(x, y), 1 - 6 * 4 / (5 * 24.0), 1e-14);  // squared distances: 4
}

TEST(CorrelationTest, TiesShareTheirMeanRank) {
  const Values x = {1, 2, 2, 3};
  const Values y = {10, 20, 30, 40};
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5 over sqrt(4.5 * 5).
  EXPECT_NEAR(SpearmanCorrelation(x, y), 4.5 / std::sqrt(4.5 * 5), 1e-14);
}

TEST(CorrelationTest, RanksIgnoreTheScale) {
  const Values x = {0.1, 5, -3, 2};
  Values y;
  for (const double value : x) y.push_back(-std::exp(value));
  EXPECT_NEAR(SpearmanCorrelation(x, y), -1, 1e-14);
}

TEST(CorrelationTest, NothingVaries) {
  EXPECT_TRUE(std::isnan(PearsonCorrelation(Values{1, 1}, Values{1, 2})));
  EXPECT_TRUE(std::isnan(SpearmanCorrelation(Values{1, 2}, Values{3, 3})));
  EXPECT_TRUE(std::isnan(PearsonCorrelation(Values{1}, Values{2})));
  EXPECT_TRUE(std::isnan(PearsonCorrelation(Values{}, Values{})));
}

}  // namespace
}  // namespace fairprune
