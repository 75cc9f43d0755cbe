// What a model needs, computed from its description alone.
#pragma once

#include <cstdint>

#include "forward/engine.h"
#include "model/model.h"

namespace fairprune {

// Bytes of memory.
struct MemoryNeed {
  int64_t weights = 0;      // as an engine holds them; with `stream` the largest layer, or the head
  int64_t activations = 0;  // of one batch; with `gradient` those that the way back needs
  int64_t loading = 0;      // the largest matrix in f32, while it is packed
  int64_t total() const { return weights + activations + loading; }
};
// Of an engine loaded with `options` (compute: not kAuto) that runs batches of `batch_nodes` nodes.
MemoryNeed EstimateMemory(const ModelConfig& config, const EngineOptions& options,
                          int64_t batch_nodes);

// Parameters of the matrix products that every token goes through: all layers, without embedding
// and head.
int64_t LayerProductParameters(const ModelConfig& config);

// Tokens that a job computes.
struct TokenCounts {
  double forward = 0, forward_scored = 0;    // scored: those whose logits are wanted
  double gradient = 0, gradient_scored = 0;  // forward and back
};
// Floating-point operations of the matrix products: 2 per parameter and token forward, as many
// again on the way back for inputs (weights get no gradient), the head for scored tokens.
double ProductOperations(const ModelConfig& config, const TokenCounts& tokens);

}  // namespace fairprune
