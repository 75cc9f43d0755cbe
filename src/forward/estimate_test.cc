#include "forward/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/result_matchers.h"
#include "forward/model_cases_for_test.h"
#include "forward/random_model_for_test.h"

namespace fairprune {
namespace {

// Elements of the weights that are matrices of the layers.
int64_t LayerMatrixElements(const Model& model) {
  int64_t count = 0;
  for (const WeightRef& weight : model.weights) {
    if (weight.layer >= 0 && weight.shape.size() == 2) count += weight.shape[0] * weight.shape[1];
  }
  return count;
}

TEST(EstimateTest, CountsTheParametersThatAModelHas) {
  const RandomModel random(BaseModelConfig(), {}, 3);
  EXPECT_EQ(LayerProductParameters(random.model.config), LayerMatrixElements(random.model));
}

TEST(EstimateTest, CountsWeightsByTypeAndTying) {
  ModelConfig config = BaseModelConfig();
  const int64_t layers = LayerProductParameters(config);
  const int64_t head = config.vocab_size * config.hidden_size;
  config.tie_word_embeddings = true;
  EXPECT_EQ(EstimateMemory(config, {.compute = ComputeType::kF32}, 1).weights, 4 * (layers + head));
  EXPECT_EQ(EstimateMemory(config, {.compute = ComputeType::kBf16}, 1).weights,
            2 * (layers + head));
  config.tie_word_embeddings = false;
  EXPECT_EQ(EstimateMemory(config, {.compute = ComputeType::kBf16}, 1).weights,
            2 * (layers + head) + 4 * head);
}

TEST(EstimateTest, StreamingHoldsOneLayerOrTheHead) {
  ModelConfig config = BaseModelConfig();
  const int64_t layer = LayerProductParameters(config) / config.num_layers;
  const int64_t head = config.vocab_size * config.hidden_size;
  const MemoryNeed need = EstimateMemory(config, {.stream = true}, 1);
  EXPECT_EQ(need.weights, 4 * std::max(layer, head));
  EXPECT_LT(need.weights, EstimateMemory(config, {}, 1).weights);
}

TEST(EstimateTest, GradientsTakeWhatTheEngineSays) {
  const RandomModel random(BaseModelConfig(), {}, 3);
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const EngineOptions options{.gradient = true};
  const int64_t one = EstimateMemory(random.model.config, options, 1).activations;
  const int64_t ten = EstimateMemory(random.model.config, options, 10).activations;
  EXPECT_EQ(ten - one, 9 * engine->gradient_bytes_per_node());
}

TEST(EstimateTest, CountsOperations) {
  const ModelConfig config = BaseModelConfig();
  const auto layers = static_cast<double>(LayerProductParameters(config));
  const auto head = static_cast<double>(config.vocab_size * config.hidden_size);
  EXPECT_DOUBLE_EQ(ProductOperations(config, {.forward = 10}), 20 * layers);
  EXPECT_DOUBLE_EQ(ProductOperations(config, {.gradient = 10}), 40 * layers);
  EXPECT_DOUBLE_EQ(ProductOperations(config, {.forward_scored = 3, .gradient_scored = 1}),
                   10 * head);
}

}  // namespace
}  // namespace fairprune
