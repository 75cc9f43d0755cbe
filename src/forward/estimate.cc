#include "forward/estimate.h"

#include <algorithm>

#include "forward/gradient.h"
#include "forward/weights.h"

namespace fairprune {
namespace {

constexpr int64_t kF32 = 4;

int64_t QkvRows(const ModelConfig& c) { return (c.num_heads + 2 * c.num_kv_heads) * c.head_dim; }

// Of one layer: query, key and value; output; gate and up; down.
int64_t LayerParameters(const ModelConfig& c) {
  return c.hidden_size * (QkvRows(c) + c.num_heads * c.head_dim + 3 * c.intermediate_size);
}

int64_t HeadParameters(const ModelConfig& c) { return c.vocab_size * c.hidden_size; }

}  // namespace

int64_t LayerProductParameters(const ModelConfig& config) {
  return config.num_layers * LayerParameters(config);
}

MemoryNeed EstimateMemory(const ModelConfig& config, const EngineOptions& options,
                          int64_t batch_nodes) {
  const int64_t element = options.compute == ComputeType::kBf16 ? 2 : kF32;
  const int64_t head = HeadParameters(config);
  MemoryNeed need;
  if (options.stream) {
    need.weights = element * std::max(LayerParameters(config), head);
  } else {
    need.weights = element * (LayerProductParameters(config) + head);
    // An embedding of its own is f32.
    if (!config.tie_word_embeddings) need.weights += kF32 * head;
  }
  const int64_t head_block = std::min(head, HeadBlockRows(config) * config.hidden_size);
  need.loading = kF32 * std::max({QkvRows(config) * config.hidden_size,
                                  2 * config.intermediate_size * config.hidden_size, head_block});
  const int64_t forward_row =
      3 * config.hidden_size + 2 * QkvRows(config) + 3 * config.intermediate_size;
  constexpr int64_t kHeadNodes = 128;
  need.activations = batch_nodes * (options.gradient ? GradientWorkspace::BytesPerNode(config)
                                                     : kF32 * forward_row) +
                     2 * kF32 * kHeadNodes * config.vocab_size;
  return need;
}

double ProductOperations(const ModelConfig& config, const TokenCounts& tokens) {
  const auto layers = static_cast<double>(LayerProductParameters(config));
  const auto head = static_cast<double>(HeadParameters(config));
  return 2 * layers * (tokens.forward + 2 * tokens.gradient) +
         2 * head * (tokens.forward_scored + 2 * tokens.gradient_scored);
}

}  // namespace fairprune
