#include "selection/perplexity_budget.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {
namespace {

Result<Engine> TinyEngine() {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                      Checkpoint::Open(std::string(FAIRPRUNE_TESTDATA) + "/models/llama"));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  return Engine::Load(model);
}

// Twelve windows of the model's own vocabulary.
PerplexityText SomeText(int64_t vocab_size) {
  PerplexityText text;
  int32_t state = 1;
  for (int w = 0; w < 12; ++w) {
    TokenRequest& window = text.windows.emplace_back();
    for (int i = 0; i < 20; ++i) {
      state = static_cast<int32_t>((state * 75 + 74) % 65537);
      window.ids.push_back(static_cast<int32_t>(state % vocab_size));
    }
    text.num_tokens += 19;
  }
  text.num_bytes = text.num_tokens;
  return text;
}

std::vector<PlannedNeuron> AllNeurons(const ModelConfig& config, int64_t count) {
  std::vector<PlannedNeuron> neurons;
  for (int32_t n = 0; n < count; ++n) {
    neurons.push_back({static_cast<int32_t>(n % config.num_layers),
                       static_cast<int32_t>(n / config.num_layers), 0.0});
  }
  return neurons;
}

TEST(PerplexityBudgetTest, TakesAllWhenTheLimitAllowsIt) {
  const auto engine = TinyEngine();
  ASSERT_THAT(engine, IsOk());
  const auto neurons = AllNeurons(engine->config(), 20);
  const auto text = SomeText(engine->config().vocab_size);
  const auto result = TakeWithinPerplexity(*engine, text, neurons, {.max_increase = 1e9});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->num_taken, 20);
  EXPECT_NE(result->after.perplexity, result->before.perplexity);
}

TEST(PerplexityBudgetTest, StaysWithinEveryLimit) {
  const auto engine = TinyEngine();
  ASSERT_THAT(engine, IsOk());
  const auto neurons = AllNeurons(engine->config(), 60);
  const auto text = SomeText(engine->config().vocab_size);
  int64_t limited = 0;
  for (const double limit : {0.0, 1e-4, 1e-3, 0.01, 0.1, 0.5}) {
    for (const int64_t screening : {1, 3, 12, 100}) {
      const auto result = TakeWithinPerplexity(
          *engine, text, neurons, {.max_increase = limit, .screening_windows = screening});
      ASSERT_THAT(result, IsOk());
      const NeuronMask mask = MaskOf(
          engine->config(), std::span(neurons).first(static_cast<size_t>(result->num_taken)));
      const auto again = MeasurePerplexity(*engine, text, {.mask = &mask});
      ASSERT_THAT(again, IsOk());
      EXPECT_DOUBLE_EQ(again->perplexity, result->after.perplexity);
      EXPECT_LE(result->after.perplexity / result->before.perplexity - 1.0, limit + 1e-12);
      if (result->num_taken < 60) ++limited;
    }
  }
  EXPECT_GT(limited, 0) << "no limit was ever reached: the test shows nothing";
}

// A streaming engine measures several candidates at once, and takes the same steps.
TEST(PerplexityBudgetTest, AStreamingEngineFindsTheSame) {
  const auto checkpoint = Checkpoint::Open(std::string(FAIRPRUNE_TESTDATA) + "/models/llama");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model);
  const auto streaming = Engine::Load(*model, {.stream = true});
  ASSERT_THAT(engine, IsOk());
  ASSERT_THAT(streaming, IsOk());
  const auto neurons = AllNeurons(engine->config(), 60);
  const auto text = SomeText(engine->config().vocab_size);
  for (const double limit : {0.0, 1e-3, 0.01, 0.1}) {
    const auto expected = TakeWithinPerplexity(*engine, text, neurons, {.max_increase = limit});
    const auto found = TakeWithinPerplexity(*streaming, text, neurons, {.max_increase = limit});
    ASSERT_THAT(expected, IsOk());
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->num_taken, expected->num_taken);
    EXPECT_EQ(found->after.window_nats, expected->after.window_nats);
    ASSERT_EQ(found->steps.size(), expected->steps.size());
    for (size_t i = 0; i < found->steps.size(); ++i) {
      EXPECT_EQ(found->steps[i].num_neurons, expected->steps[i].num_neurons);
      EXPECT_EQ(found->steps[i].increase, expected->steps[i].increase);
      EXPECT_EQ(found->steps[i].whole_text, expected->steps[i].whole_text);
    }
  }
}

TEST(PerplexityBudgetTest, EmptyListAndBadLimit) {
  const auto engine = TinyEngine();
  ASSERT_THAT(engine, IsOk());
  const auto text = SomeText(engine->config().vocab_size);
  const auto result = TakeWithinPerplexity(*engine, text, {}, {});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->num_taken, 0);
  EXPECT_EQ(result->after.perplexity, result->before.perplexity);
  EXPECT_THAT(TakeWithinPerplexity(*engine, text, {}, {.max_increase = -1}),
              FailsWith(ErrorCode::kInvalidArgument, "at least 0"));
  EXPECT_THAT(TakeWithinPerplexity(*engine, text, {},
                                   {.max_increase = std::numeric_limits<double>::quiet_NaN()}),
              FailsWith(ErrorCode::kInvalidArgument, "at least 0"));
}

}  // namespace
}  // namespace fairprune
