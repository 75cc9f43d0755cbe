// The two steps of a layer, on one forest: attention and MLP, each of which adds to the residual
// stream. Internal to this room.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "compute/attention.h"
#include "compute/matmul.h"
#include "forward/engine.h"
#include "forward/weights.h"
#include "forward/workspace.h"

namespace fairprune {

// A forest on its way through the layers.
struct Pass {
  const Forest* forest = nullptr;
  const RunOptions* options = nullptr;
  compute::AttentionPlan plan;
  std::vector<int32_t> rope_rows;  // [N] of each node, in the rotary tables
  // [N, D] residual stream. Dense and readable up to BucketRows(N) rows; the owner is whoever made
  // the pass.
  MatrixView hidden;
};

// What all steps share. The workspace must have been resized to the forest.
struct LayerContext {
  const ModelConfig& config;
  compute::MatmulContext& matmul;
  Workspace& workspace;
};

// Plans attention and looks up the rotary rows, for which the tables must hold the forest's
// positions (RopeTables::Reserve) until the pass is over.
Pass MakePass(const LayerContext& context, const Forest& forest, const RunOptions& options,
              MatrixView hidden);
// Whether the forest has sequences beyond its long_sequence_limit.
bool HasLongSequences(const Forest& forest);

// hidden += residual_multiplier * post_norm(attention(norm(hidden))).
Status RunAttention(const LayerContext& context, int32_t layer, const LayerWeights& w,
                    const Pass& pass);
// hidden += residual_multiplier * post_norm(down(act)), act = activation(gate) * up * mask of
// norm(hidden); the pass's taps get gate, up and act.
Status RunMlp(const LayerContext& context, int32_t layer, const LayerWeights& w, const Pass& pass);

}  // namespace fairprune
