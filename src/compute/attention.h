// Causal attention over a prefix forest: every node attends to its ancestors and itself, or to the
// nearest of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "compute/segment.h"
#include "tensor/tensor.h"

namespace fairprune::compute {

struct AttentionShape {
  int64_t heads = 0;     // H
  int64_t kv_heads = 0;  // K, divides H: query head h reads key-value head h / (H / K)
  int64_t head_dim = 0;  // E
  float scale = 0;       // of the scores; 1 / sqrt(E) for most models
  float softcap = 0;     // c: scaled scores become c * tanh(score / c); 0: none
  int64_t window = 0;    // a node sees itself and the window - 1 before it; 0: all before it
};

// A run of at most 64 queries of one segment, with the keys that they see.
struct QueryBlock {
  int32_t begin = 0, end = 0;  // nodes
  int32_t segment_begin = 0;   // first node of the block's own segment
  int32_t first_ancestor = 0;  // into AttentionPlan::ancestors
  int32_t num_ancestors = 0;
  int32_t num_keys = 0;  // ancestors' nodes + [segment_begin, end)
};

// What a forest's segments mean for attention; made once per forest, used by every layer.
struct AttentionPlan {
  std::vector<QueryBlock> blocks;
  std::vector<Segment> ancestors;  // runs of ancestor segments, root first
  int64_t max_scores = 0;          // largest queries * keys of a block
  int32_t first_query = 0;         // the node of row 0 of q and out; k and v begin at node 0
};
AttentionPlan PlanAttention(std::span<const Segment> segments);
// One sequence whose first `known` nodes have keys and values already: `count` queries follow them.
AttentionPlan PlanContinuation(int32_t known, int32_t count);

// Scratch memory of the threads; grows as needed.
class AttentionScratch {
 public:
  // `size` floats for each of `threads` threads.
  void Reserve(int threads, int64_t size);
  float* of(int thread) { return buffers_[static_cast<size_t>(thread)].data(); }

 private:
  std::vector<AlignedBuffer<float>> buffers_;
};

// out[i, h] = sum over the nodes j that i sees of softmax_j(scale * q[i, h] . k[j]) * v[j].
// q [N, H*E], k and v [N, K*E], out [N, H*E]; any strides (of a continuation, k and v have the rows
// of the known nodes too, in front). Keys that a window hides from a whole
// block of queries are not computed.
// Source: Vaswani et al. 2017, eq. 1; grouped queries: Ainslie et al. 2023; windows: Beltagy et al.
// 2020; soft-cap: Gemma Team 2024 (Gemma 2), eager_attention_forward in transformers.
// Errors: kInternal (oneDNN).
Status ForestAttention(const AttentionShape& shape, const AttentionPlan& plan, ConstMatrixView q,
                       ConstMatrixView k, ConstMatrixView v, MatrixView out,
                       AttentionScratch& scratch);

// ForestAttention of one query, the last node of one sequence: q [H*E]; k and v [T, K*E], the keys
// and values of all nodes; out [H*E]. The same up to rounding, without a matrix product.
void AttendLast(const AttentionShape& shape, std::span<const float> q, ConstMatrixView k,
                ConstMatrixView v, std::span<float> out, AttentionScratch& scratch);

// What ForestAttention computed, and the gradients with respect to it. All as ForestAttention's.
struct AttentionGradient {
  ConstMatrixView q, k, v;   // its inputs
  ConstMatrixView d_out;     // [N, H*E], of its output
  MatrixView d_q, d_k, d_v;  // overwritten: [N, H*E], [N, K*E] twice
};

// The gradient of ForestAttention, with the weights computed anew. Errors: kInternal (oneDNN).
Status ForestAttentionGradient(const AttentionShape& shape, const AttentionPlan& plan,
                               const AttentionGradient& tensors, AttentionScratch& scratch);

}  // namespace fairprune::compute
