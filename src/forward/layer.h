// The two steps of a layer, on one forest: attention and MLP, each of which adds to the residual
// stream. Internal to this room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "compute/attention.h"
#include "compute/gates.h"
#include "compute/matmul.h"
#include "forward/engine.h"
#include "forward/kv_cache.h"
#include "forward/weights.h"
#include "forward/workspace.h"

namespace fairprune {

// A neuron that one copy of the forest runs without, in a pass over several copies.
struct SwitchedOff {
  int32_t layer = 0, neuron = 0;
  int64_t copy = 0;
};

// A forest on its way through the layers.
struct Pass {
  const Forest* forest = nullptr;
  const RunOptions* options = nullptr;
  compute::AttentionPlan plan;
  std::vector<int32_t> rope_rows;  // [N] of each node, in the rotary tables
  // [N, D] residual stream. Dense and readable up to BucketRows(N) rows; the owner is whoever made
  // the pass.
  MatrixView hidden;
  // Copies of one forest, one behind the other: which neurons some of them run without, besides the
  // mask's.
  std::span<const SwitchedOff> switched_off;
  int64_t copies = 1;
  // Of nodes that follow a sequence's beginning: where its keys and values are, and theirs go.
  // `known`: positions before the first node.
  KvCache* cache = nullptr;
  int64_t known = 0;
};

// What all steps share. The workspace must have been resized to the forest.
struct LayerContext {
  const ModelConfig& config;
  compute::MatmulContext& matmul;
  Workspace& workspace;
};

// What the gradient of a layer's steps needs of the way forward. Buffers are kept from run to run.
struct LayerRecord {
  Tensor attention_input, mlp_input;    // [N, D] residual stream before either step
  Tensor qkv;                           // [N, (H+2K)*E] as attention takes them
  Tensor qkv_before_norm;               // [N, (H+2K)*E]; only with query and key norms
  Tensor gate_up;                       // [N, 2*F]
  Tensor attention_output, mlp_output;  // [N, D] before the post norms; only with those
};

// hidden [N, D]: the embeddings of `tokens` as the first layer takes them.
void EmbedTokens(const ModelConfig& config, const ModelWeights& weights,
                 std::span<const int32_t> tokens, MatrixView hidden);
void ScaleEmbeddings(const ModelConfig& config, MatrixView hidden);

// Plans attention and looks up the rotary rows, for which the tables must hold the forest's
// positions (RopeTables::Reserve) until the pass is over.
Pass MakePass(const LayerContext& context, const Forest& forest, const RunOptions& options,
              MatrixView hidden);
// Whether the forest has sequences beyond its long_sequence_limit.
bool HasLongSequences(const Forest& forest);

// hidden += residual_multiplier * post_norm(attention(norm(hidden))). `record`: nullptr, or what is
// to be kept.
Status RunAttention(const LayerContext& context, int32_t layer, const LayerWeights& w,
                    const Pass& pass, LayerRecord* record = nullptr);
// RunAttention in two halves: attention itself, into the workspace; its way to the residual stream.
Status Attend(const LayerContext& context, int32_t layer, const LayerWeights& w, const Pass& pass,
              LayerRecord* record = nullptr);
Status AddAttention(const LayerContext& context, const LayerWeights& w, const Pass& pass,
                    LayerRecord* record = nullptr);
// Keeps, between the two halves, the rows of `nodes` (ascending) of the residual stream and of
// attention's output alone: what follows in the last layer is wanted there only. The workspace and
// the pass have nodes.size() rows then.
void KeepNodes(const LayerContext& context, std::span<const int32_t> nodes, Pass& pass);
// hidden += residual_multiplier * post_norm(down(act)), act = activation(gate) * up * mask of
// norm(hidden); the pass's taps get gate, up and act.
Status RunMlp(const LayerContext& context, int32_t layer, const LayerWeights& w, const Pass& pass,
              LayerRecord* record = nullptr);
// hidden += residual_multiplier * post_norm(projected): the end of RunMlp, of a projection that is
// in the workspace with its bias.
void AddMlpOutput(const LayerContext& context, const LayerWeights& w, const Pass& pass);
// Keeps the rows of `from` in `to`, which grows as needed.
void KeepRows(ConstMatrixView from, Tensor& to);

// The shape of a layer's attention; the columns of query, key and value in the workspace's qkv.
compute::AttentionShape AttentionShapeOf(const ModelConfig& config, int32_t layer);
compute::GateFunction GateOf(Activation activation);
inline MatrixView Columns(const MatrixView& m, int64_t first, int64_t count) {
  return {m.data + first, m.rows, count, m.stride};
}

}  // namespace fairprune
