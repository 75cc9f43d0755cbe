// What a token costs, counted from a model's shapes.
#pragma once

#include <cstdint>

#include "model/model.h"

namespace fairprune {

struct RunCost {
  int64_t parameters = 0;  // stored
  // Read for one token: all but the other tokens' rows of an embedding that is not the head too.
  int64_t parameters_per_token = 0;
  // Floating-point operations of the matrix products, head included, two for each weight. Norms,
  // rotations and activation functions are not counted.
  int64_t product_flops_per_token = 0;
};
RunCost RunCostOf(const Model& model);

// Floating-point operations of attention over all layers for a token that has `positions` positions
// to see, itself included: scores and weighted sums of values. Windows are heeded.
int64_t AttentionFlops(const ModelConfig& config, int64_t positions);

}  // namespace fairprune
