#include "scoring/perplexity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <optional>

#include "base/result_matchers.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

class PerplexityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(loaded, IsOk());
    model_.emplace(*std::move(loaded));
  }
  std::optional<ModelForTest> model_;
};

TEST_F(PerplexityTest, WindowsAreDisjointAndEachFollowsThePrefix) {
  const std::string text = "Hello world";  // 11 tokens of one byte each
  const auto ids = model_->tokenizer.Encode(text);
  ASSERT_THAT(ids, IsOk());
  const auto encoded = EncodeForPerplexity(model_->tokenizer, text, 4);
  ASSERT_THAT(encoded, IsOk());
  EXPECT_EQ(encoded->num_tokens, 11);
  EXPECT_EQ(encoded->num_bytes, 11);
  ASSERT_EQ(encoded->windows.size(), 3U);
  std::vector<int32_t> together;
  for (const TokenRequest& window : encoded->windows) {
    EXPECT_EQ(window.ids.front(), 1);  // <s>
    EXPECT_EQ(window.first_scored, 1);
    EXPECT_LE(window.ids.size(), 5U);
    together.insert(together.end(), window.ids.begin() + 1, window.ids.end());
  }
  EXPECT_EQ(together, *ids);
}

TEST_F(PerplexityTest, EqualsTheMeanOverTheLogits) {
  const auto encoded = EncodeForPerplexity(model_->tokenizer, "Hello world", 4);
  ASSERT_THAT(encoded, IsOk());
  const auto measured = MeasurePerplexity(model_->engine, *encoded);
  ASSERT_THAT(measured, IsOk());
  double total_nats = 0;
  for (size_t w = 0; w < encoded->windows.size(); ++w) {
    const std::vector<int32_t>& ids = encoded->windows[w].ids;
    const auto logits = AllLogits(model_->engine, ids);
    ASSERT_THAT(logits, IsOk());
    double window_nats = 0;
    for (size_t p = 1; p < ids.size(); ++p) {
      const auto row = logits->matrix().row_span(static_cast<int64_t>(p) - 1);
      double sum = 0;
      for (const float x : row) sum += std::exp(static_cast<double>(x));
      window_nats += std::log(sum) - row[static_cast<size_t>(ids[p])];
    }
    EXPECT_NEAR(measured->window_nats[w], window_nats, 2e-4);
    total_nats += window_nats;
  }
  EXPECT_NEAR(measured->nats_per_token, total_nats / 11, 1e-4);
  EXPECT_NEAR(measured->perplexity / std::exp(total_nats / 11), 1, 1e-4);
  EXPECT_NEAR(measured->bits_per_byte, total_nats / 11 / std::numbers::ln2, 2e-4);
}

TEST_F(PerplexityTest, AMaskChangesIt) {
  const auto encoded = EncodeForPerplexity(model_->tokenizer, "Hello world", 64);
  ASSERT_THAT(encoded, IsOk());
  NeuronMask mask(2, 64);
  mask.Remove(0, 3);
  const auto plain = MeasurePerplexity(model_->engine, *encoded);
  const auto masked = MeasurePerplexity(model_->engine, *encoded, {.mask = &mask});
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(masked, IsOk());
  EXPECT_NE(plain->perplexity, masked->perplexity);
}

TEST_F(PerplexityTest, WhatCannotBeMeasuredIsRefused) {
  EXPECT_THAT(EncodeForPerplexity(model_->tokenizer, "", 4),
              FailsWith(ErrorCode::kInvalidArgument, "no tokens"));
  EXPECT_THAT(EncodeForPerplexity(model_->tokenizer, "Hello", 0),
              FailsWith(ErrorCode::kInvalidArgument, "window of 0"));
  // A window that the model cannot hold.
  const auto too_long = EncodeForPerplexity(model_->tokenizer, std::string(200, 'x'), 200);
  ASSERT_THAT(too_long, IsOk());
  EXPECT_THAT(MeasurePerplexity(model_->engine, *too_long),
              FailsWith(ErrorCode::kInvalidArgument, "max_position_embeddings"));
}

}  // namespace
}  // namespace fairprune
