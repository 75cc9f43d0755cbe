#include "generation/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/result_matchers.h"
#include "compute/parallel.h"

namespace fairprune {
namespace {

std::vector<int32_t> Ids(const std::vector<TokenChance>& chances) {
  std::vector<int32_t> ids;
  ids.reserve(chances.size());
  for (const TokenChance& chance : chances) ids.push_back(chance.id);
  return ids;
}

std::vector<float> LogsOf(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  logits.reserve(probabilities.size());
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)) + 3.0F);
  return logits;
}

TEST(SamplerTest, WithoutTemperatureTheLikeliestTheFirstOfEqualOnes) {
  Sampler sampler({});
  EXPECT_EQ(sampler.Pick(std::vector<float>{-1, 2, 5, 5, -8}), 2);
  EXPECT_EQ(sampler.Pick(std::vector<float>{-1, -2}), 0);
}

TEST(SamplerTest, ChancesAreTheSoftmaxOfLogitsOverTemperature) {
  const std::vector<float> logits = {1.0F, -0.5F, 2.0F, 1.0F};
  const double temperature = 0.7;
  double sum = 0;
  for (const float x : logits) sum += std::exp(x / temperature);
  const auto chances = ChancesOf({.temperature = temperature}, logits);
  EXPECT_EQ(Ids(chances), (std::vector<int32_t>{2, 0, 3, 1}));
  for (const TokenChance& chance : chances) {
    EXPECT_NEAR(chance.probability,
                std::exp(logits[static_cast<size_t>(chance.id)] / temperature) / sum, 1e-12);
  }
}

TEST(SamplerTest, TopKThenTopP) {
  const std::vector<float> logits = LogsOf({0.1, 0.4, 0.05, 0.25, 0.2});
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1, .top_k = 2}, logits)), (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1, .top_k = 9}, logits)),
            (std::vector<int32_t>{1, 3, 4, 0, 2}));
  // 0.4 is not enough for 0.6; with 0.25 it is.
  const auto nucleus = ChancesOf({.temperature = 1, .top_p = 0.6}, logits);
  EXPECT_EQ(Ids(nucleus), (std::vector<int32_t>{1, 3}));
  EXPECT_NEAR(nucleus[0].probability, 0.4 / 0.65, 1e-6);
  EXPECT_NEAR(nucleus[1].probability, 0.25 / 0.65, 1e-6);
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1, .top_p = 0.01}, logits)), (std::vector<int32_t>{1}));
  // Of the three likeliest (0.85 in all), 0.6 of their mass: 0.4 and 0.25.
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1, .top_k = 3, .top_p = 0.6}, logits)),
            (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1, .top_k = 3, .top_p = 0.45}, logits)),
            (std::vector<int32_t>{1}));
}

TEST(SamplerTest, ImpossibleTokensAreNotDrawn) {
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1}, std::vector<float>{kNever, 1, kNever, 2})),
            (std::vector<int32_t>{3, 1}));
  // A temperature near 0 leaves the likeliest alone.
  EXPECT_EQ(Ids(ChancesOf({.temperature = 1e-6}, std::vector<float>{1.0F, 0.5F})),
            (std::vector<int32_t>{0}));
}

// 40,000 draws: each share within five standard errors of its probability.
TEST(SamplerTest, DrawsByTheirProbabilities) {
  const std::vector<double> probabilities = {0.5, 0.02, 0.18, 0.3};
  const std::vector<float> logits = LogsOf(probabilities);
  Sampler sampler({.temperature = 1, .seed = 11});
  constexpr int kDraws = 40'000;
  std::vector<int> counts(probabilities.size(), 0);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<size_t>(sampler.Pick(logits))];
  for (size_t i = 0; i < counts.size(); ++i) {
    const double p = probabilities[i];
    EXPECT_NEAR(counts[i], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << i;
  }
}

TEST(SamplerTest, TheSameForASeedWhateverTheThreads) {
  std::vector<float> logits(1000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = std::sin(static_cast<float>(i)) * 2;
  const auto draw = [&](uint64_t seed) {
    Sampler sampler({.temperature = 0.9, .top_k = 500, .top_p = 0.9, .seed = seed});
    std::vector<int32_t> ids(50);
    for (int32_t& id : ids) id = sampler.Pick(logits);
    return ids;
  };
  compute::SetNumThreads(1);
  const auto one = draw(5);
  compute::SetNumThreads(3);
  EXPECT_EQ(draw(5), one);
  EXPECT_NE(draw(6), one);
}

TEST(SamplerTest, RefusesWhatMakesNoSense) {
  const auto check = [](double temperature, int64_t top_k, double top_p) {
    return CheckSampling({.temperature = temperature, .top_k = top_k, .top_p = top_p});
  };
  EXPECT_THAT(check(0, 0, 1), IsOk());
  EXPECT_THAT(check(1.5, 40, 0.9), IsOk());
  EXPECT_THAT(check(-1, 0, 1), FailsWith(ErrorCode::kInvalidArgument, "temperature -1"));
  EXPECT_THAT(check(NAN, 0, 1), FailsWith(ErrorCode::kInvalidArgument, "temperature nan"));
  EXPECT_THAT(check(1, -2, 1), FailsWith(ErrorCode::kInvalidArgument, "top-k -2"));
  EXPECT_THAT(check(1, 0, 0), FailsWith(ErrorCode::kInvalidArgument, "top-p 0"));
  EXPECT_THAT(check(1, 0, 1.1), FailsWith(ErrorCode::kInvalidArgument, "top-p 1.1"));
  EXPECT_THAT(check(0, 5, 1), FailsWith(ErrorCode::kInvalidArgument, "need a temperature"));
  EXPECT_THAT(check(0, 0, 0.9), FailsWith(ErrorCode::kInvalidArgument, "need a temperature"));
}

}  // namespace
}  // namespace fairprune
