// Figures of scipy and statsmodels (tools/make_statistics_fixture.py).
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "statistics/multiple_tests.h"
#include "statistics/normal.h"
#include "statistics/paired.h"

namespace fairprune {
namespace {

using Doubles = std::vector<double>;

nlohmann::json Reference() {
  std::ifstream file(std::string(FAIRPRUNE_TESTDATA) + "/statistics/reference.json");
  return nlohmann::json::parse(file);
}

TEST(Reference, BcaLimitsAreScipys) {
  const auto reference = Reference();
  ASSERT_EQ(reference.at("bca").size(), 3u);
  for (const auto& test : reference.at("bca")) {
    const Interval interval = BcaInterval(test.at("estimate"), test.at("replicates").get<Doubles>(),
                                          test.at("leave_one_out").get<Doubles>(), 0.95);
    EXPECT_NEAR(interval.low, test.at("low").get<double>(), 1e-10) << test.at("name");
    EXPECT_NEAR(interval.high, test.at("high").get<double>(), 1e-10) << test.at("name");
  }
}

TEST(Reference, SignFlipsAndEffectSize) {
  const auto reference = Reference();
  ASSERT_EQ(reference.at("permutation").size(), 3u);
  for (const auto& test : reference.at("permutation")) {
    PairedSample sample{.columns = 2};
    for (const double value : test.at("before").get<Doubles>())
      sample.before.insert(sample.before.end(), {value, 1.0});
    for (const double value : test.at("after").get<Doubles>())
      sample.after.insert(sample.after.end(), {value, 1.0});
    const Result<PairedResult> result = ComparePaired(sample, MeanOfSums, {.resamples = 50});
    ASSERT_THAT(result, IsOk());
    EXPECT_TRUE(result->exact);
    EXPECT_NEAR(result->p_value, test.at("p").get<double>(), 1e-12) << test.at("name");
    EXPECT_NEAR(result->effect_size, test.at("cohen_d").get<double>(), 1e-10) << test.at("name");
  }
}

TEST(Reference, HolmsAdjustment) {
  const auto reference = Reference();
  const Doubles adjusted = HolmAdjust(reference.at("holm").at("p").get<Doubles>());
  const Doubles wanted = reference.at("holm").at("adjusted").get<Doubles>();
  ASSERT_EQ(adjusted.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(adjusted[i], wanted[i], 1e-14);
}

TEST(Reference, NormalQuantiles) {
  const auto reference = Reference();
  const Doubles p = reference.at("normal").at("p").get<Doubles>();
  const Doubles z = reference.at("normal").at("z").get<Doubles>();
  ASSERT_GE(p.size(), 5u);
  for (size_t i = 0; i < p.size(); ++i) {
    EXPECT_NEAR(NormalQuantile(p[i]), z[i], 1e-9);  // 1 - p of scipy's own loses digits
    EXPECT_NEAR(NormalCdf(NormalQuantile(p[i])) / p[i], 1, 1e-12);
  }
}

}  // namespace
}  // namespace fairprune
