#include "model/run_cost.h"

#include <algorithm>

namespace fairprune {

RunCost RunCostOf(const Model& model) {
  RunCost cost;
  cost.parameters = cost.parameters_per_token = model.num_parameters;
  const bool tied = model.Find(Role::kLmHead) == nullptr;
  for (const WeightRef& ref : model.weights) {
    if (ref.shape.size() != 2) continue;
    if (ref.role == Role::kTokenEmbedding && !tied) {
      cost.parameters_per_token -= NumElements(ref.shape) - ref.shape[1];
      continue;
    }
    cost.product_flops_per_token += 2 * NumElements(ref.shape);
  }
  return cost;
}

int64_t AttentionFlops(const ModelConfig& config, int64_t positions) {
  int64_t flops = 0;
  for (const LayerAttention& layer : config.attention) {
    const int64_t seen = layer.window > 0 ? std::min(layer.window, positions) : positions;
    flops += 4 * config.num_heads * config.head_dim * seen;
  }
  return flops;
}

}  // namespace fairprune
