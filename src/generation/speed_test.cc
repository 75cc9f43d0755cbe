#include "generation/speed.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {
namespace {

Result<Engine> LoadEngine(const std::string& name) {
  const std::string path = std::string(FAIRPRUNE_TESTDATA) + "/models/" + name;
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  return Engine::Load(model, {.threads = 1});
}

TEST(SpeedTest, MeasuresEveryEngineInEveryRound) {
  const auto a = LoadEngine("llama");
  const auto b = LoadEngine("gemma2");
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  const Engine* engines[] = {&*a, &*b};
  std::vector<int64_t> progress;
  int64_t checks = 0;
  const SpeedOptions options{.prompt_tokens = 20,
                             .new_tokens = 5,
                             .rounds = 3,
                             .warm_ups = 2,
                             .progress = [&](int64_t done, int64_t total) -> Status {
                               EXPECT_EQ(total, 5);
                               progress.push_back(done);
                               return {};
                             },
                             .check = [&]() -> Status {
                               ++checks;
                               return {};
                             }};
  const auto rounds = MeasureSpeed(engines, options);
  ASSERT_THAT(rounds, IsOk());
  ASSERT_EQ(rounds->size(), 2);
  for (const auto& of_engine : *rounds) {
    ASSERT_EQ(of_engine.size(), 3);
    for (const SpeedRound& round : of_engine) {
      EXPECT_GT(round.prefill_seconds, 0);
      EXPECT_GE(round.first_token_seconds, round.prefill_seconds);
      EXPECT_GT(round.decode_seconds, 0);
    }
  }
  EXPECT_EQ(progress, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(checks, 2 * 5 * 5);
}

TEST(SpeedTest, RefusesWhatDoesNotFit) {
  const auto engine = LoadEngine("llama");
  ASSERT_THAT(engine, IsOk());
  const Engine* engines[] = {&*engine};
  EXPECT_THAT(MeasureSpeed(engines, {.prompt_tokens = 100, .new_tokens = 29}),
              FailsWith(ErrorCode::kInvalidArgument, "the model has 128 positions"));
  EXPECT_THAT(MeasureSpeed(engines, {.prompt_tokens = 0}),
              FailsWith(ErrorCode::kInvalidArgument, "0 prompt tokens"));
}

TEST(SpeedTest, MeansAreGeometricAndRatiosPaired) {
  const std::vector<double> before = {10, 20, 40, 10, 20, 40, 30, 15};
  std::vector<double> after;
  for (size_t i = 0; i < before.size(); ++i) after.push_back(before[i] * (i % 2 == 0 ? 1.2 : 1.1));
  const auto mean = MeanOverRounds(before);
  ASSERT_THAT(mean, IsOk());
  double logs = 0;
  for (const double value : before) logs += std::log(value) / 8;
  EXPECT_NEAR(mean->value, std::exp(logs), 1e-9);
  EXPECT_LT(mean->low, mean->value);
  EXPECT_GT(mean->high, mean->value);
  const auto ratio = RatioOverRounds(before, after);
  ASSERT_THAT(ratio, IsOk());
  EXPECT_NEAR(ratio->ratio.value, std::sqrt(1.2 * 1.1), 1e-9);
  // Rounds differ by a factor of 4, their ratios hardly.
  EXPECT_GT(ratio->ratio.low, 1.09);
  EXPECT_LT(ratio->ratio.high, 1.21);
  EXPECT_NEAR(ratio->p_value, 2.0 / 256, 1e-9);
  EXPECT_THAT(MeanOverRounds(std::vector<double>{1, 0}),
              FailsWith(ErrorCode::kInvalidArgument, "expected more than 0"));
}

TEST(SpeedTest, OneRoundHasNoInterval) {
  const auto mean = MeanOverRounds(std::vector<double>{7});
  ASSERT_THAT(mean, IsOk());
  EXPECT_NEAR(mean->value, 7, 1e-12);
  EXPECT_TRUE(std::isnan(mean->low));
}

}  // namespace
}  // namespace fairprune
