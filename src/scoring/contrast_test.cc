#include "scoring/contrast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "base/result_matchers.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

class ContrastTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(loaded, IsOk());
    model_.emplace(*std::move(loaded));
    auto encoder = RequestEncoder::Create(model_->tokenizer, 128);
    ASSERT_THAT(encoder, IsOk());
    encoder_.emplace(*std::move(encoder));
  }
  std::optional<ModelForTest> model_;
  std::optional<RequestEncoder> encoder_;
};

TEST_F(ContrastTest, ScoresFromTheFirstTokenThatDiffers) {
  const auto contrast = EncodeContrast(*encoder_, {{"the fox ran", 1}, {"the dog ran", -1}});
  ASSERT_THAT(contrast, IsOk());
  ASSERT_EQ(contrast->sequences.size(), 2U);
  const WeightedSequence& first = contrast->sequences[0];
  const WeightedSequence& second = contrast->sequences[1];
  EXPECT_EQ(first.first_scored, second.first_scored);
  EXPECT_EQ(first.first_scored, CommonPrefix(first.ids, second.ids));
  EXPECT_GT(first.first_scored, 1);
  EXPECT_EQ(first.ids.front(), encoder_->prefix_id());
}

TEST_F(ContrastTest, WhatIsSharedAddsNothing) {
  const std::string a = "the quick fox ran";
  const std::string b = "the quick dog ran";
  const auto contrast = EncodeContrast(*encoder_, {{a, 1}, {b, -1}});
  ASSERT_THAT(contrast, IsOk());
  const auto values = MeasureContrasts(model_->engine, std::vector<Contrast>{*contrast});
  ASSERT_THAT(values, IsOk());
  const auto whole =
      ScoreTexts(model_->engine, model_->tokenizer,
                 {{.context = "", .continuation = a}, {.context = "", .continuation = b}});
  ASSERT_THAT(whole, IsOk());
  EXPECT_NEAR(values->front(), (*whole)[0].log_likelihood_nats - (*whole)[1].log_likelihood_nats,
              1e-4);
}

TEST_F(ContrastTest, ThreeTextsWithTheirCoefficients) {
  const std::vector<WeightedText> texts = {
      {"the fox ran", 0.5}, {"the dog ran", 0.5}, {"the fox sat", -1}};
  const auto contrast = EncodeContrast(*encoder_, texts);
  ASSERT_THAT(contrast, IsOk());
  const auto values = MeasureContrasts(model_->engine, std::vector<Contrast>{*contrast});
  ASSERT_THAT(values, IsOk());
  double expected = 0;
  for (const WeightedText& text : texts) {
    const auto score =
        ScoreTexts(model_->engine, model_->tokenizer, {{.context = "", .continuation = text.text}});
    ASSERT_THAT(score, IsOk());
    expected += text.coefficient * score->front().log_likelihood_nats;
  }
  EXPECT_NEAR(values->front(), expected, 1e-4);
}

TEST_F(ContrastTest, MasksInOnePass) {
  const auto contrast = EncodeContrast(*encoder_, {{"the fox ran", 1}, {"the dog ran", -1}});
  ASSERT_THAT(contrast, IsOk());
  const std::vector<Contrast> contrasts = {*contrast};
  const ModelConfig& config = model_->engine.config();
  NeuronMask mask(config.num_layers, config.intermediate_size);
  for (int64_t n = 0; n < config.intermediate_size; ++n) mask.Remove(0, n);
  const NeuronMask* const masks[] = {nullptr, &mask};
  const auto both = MeasureContrastsUnderMasks(model_->engine, contrasts, masks);
  ASSERT_THAT(both, IsOk());
  const auto masked = MeasureContrasts(model_->engine, contrasts, {.mask = &mask, .progress = {}});
  ASSERT_THAT(masked, IsOk());
  EXPECT_EQ((*both)[1], *masked);
  EXPECT_NE((*both)[0], *masked);
}

TEST_F(ContrastTest, WeightedMeanByHand) {
  std::vector<Contrast> contrasts(2);
  contrasts[0].weight = 3;
  const std::vector<double> values = {1, 5};
  EXPECT_DOUBLE_EQ(WeightedMean(contrasts, values), 2);
  EXPECT_TRUE(std::isnan(WeightedMean({}, {})));
}

TEST_F(ContrastTest, ATextThatTheOtherBeginsWithIsRefused) {
  EXPECT_THAT(EncodeContrast(*encoder_, {{"the fox", 1}, {"the fox ran", -1}}),
              FailsWith(ErrorCode::kInvalidArgument, "\"the fox\" has no token of its own"));
  EXPECT_THAT(EncodeContrast(*encoder_, {{"the fox", 1}}),
              FailsWith(ErrorCode::kInvalidArgument, "two texts or more"));
}

}  // namespace
}  // namespace fairprune
