#include "compute/attention.h"

#include <algorithm>
#include <atomic>
#include <oneapi/dnnl/dnnl.hpp>

#include "base/check.h"
#include "compute/attention_blocks.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune::compute {
namespace {

// Queries of one block: long enough for oneDNN's product to pay, short enough that little above the
// diagonal is computed in vain.
constexpr int32_t kBlockQueries = 64;

struct BlockContext {
  const AttentionShape& shape;
  const AttentionPlan& plan;
  ConstMatrixView q, k, v;
  MatrixView out;
};

// One block, one query head. scores: scratch of queries * keys floats.
bool AttendHead(const BlockContext& c, const QueryBlock& block, int64_t head, float* scores) {
  const int64_t e = c.shape.head_dim;
  const int64_t kv_column = head / (c.shape.heads / c.shape.kv_heads) * e;
  const int64_t queries = block.end - block.begin;
  const int64_t first_row = block.begin - c.plan.first_query;
  const int64_t first_key = FirstKey(c.shape, block);
  const int64_t keys = block.num_keys - first_key;
  const float* q = c.q.row(first_row) + head * e;
  const float alpha = c.shape.softcap > 0 ? c.shape.scale : 1.0F;
  bool ok = true;
  ForEachKeyRun(c.plan, block, first_key, [&](int64_t first, int64_t count, int64_t offset) {
    ok = ok &&
         dnnl::sgemm('N', 'T', queries, count, e, alpha, q, c.q.stride, c.k.row(first) + kv_column,
                     c.k.stride, 0.0F, scores + offset, keys) == dnnl::status::success;
  });
  WeighKeys(c.shape, block.num_keys - queries, first_key, queries, keys, scores);
  float* out = c.out.row(first_row) + head * e;
  ForEachKeyRun(c.plan, block, first_key, [&](int64_t first, int64_t count, int64_t offset) {
    ok = ok && dnnl::sgemm('N', 'N', queries, e, count, 1.0F, scores + offset, keys,
                           c.v.row(first) + kv_column, c.v.stride, offset == 0 ? 0.0F : 1.0F, out,
                           c.out.stride) == dnnl::status::success;
  });
  return ok;
}

}  // namespace

void WeighKeys(const AttentionShape& shape, int64_t first_query, int64_t first_key, int64_t queries,
               int64_t keys, float* scores) {
  for (int64_t i = 0; i < queries; ++i) {
    float* row = scores + i * keys;
    const int64_t position = first_query + i;
    const int64_t end = position + 1 - first_key;
    const int64_t begin =
        shape.window == 0 ? 0 : std::max<int64_t>(0, position + 1 - shape.window - first_key);
    const std::span<float> seen(row + begin, static_cast<size_t>(end - begin));
    if (shape.softcap > 0) {  // the scores have been scaled
      SoftCap(shape.softcap, seen);
      ScaledSoftmax(1.0F, seen);
    } else {
      ScaledSoftmax(shape.scale, seen);
    }
    std::fill(row, row + begin, 0.0F);
    std::fill(row + end, row + keys, 0.0F);
  }
}

AttentionPlan PlanAttention(std::span<const Segment> segments) {
  AttentionPlan plan;
  std::vector<Segment> path;
  for (const Segment& segment : segments) {
    path.clear();
    for (int32_t a = segment.parent; a >= 0; a = segments[static_cast<size_t>(a)].parent) {
      path.push_back(segments[static_cast<size_t>(a)]);
    }
    std::reverse(path.begin(), path.end());
    int32_t prefix = 0;
    for (const Segment& run : path) prefix += run.end - run.begin;
    const auto first_ancestor = static_cast<int32_t>(plan.ancestors.size());
    plan.ancestors.insert(plan.ancestors.end(), path.begin(), path.end());
    for (int32_t begin = segment.begin; begin < segment.end; begin += kBlockQueries) {
      QueryBlock block;
      block.begin = begin;
      block.end = std::min(segment.end, begin + kBlockQueries);
      block.segment_begin = segment.begin;
      block.first_ancestor = first_ancestor;
      block.num_ancestors = static_cast<int32_t>(path.size());
      block.num_keys = prefix + block.end - segment.begin;
      plan.max_scores = std::max<int64_t>(
          plan.max_scores, static_cast<int64_t>(block.end - block.begin) * block.num_keys);
      plan.blocks.push_back(block);
    }
  }
  return plan;
}

AttentionPlan PlanContinuation(int32_t known, int32_t count) {
  AttentionPlan plan;
  plan.first_query = known;
  for (int32_t begin = known; begin < known + count; begin += kBlockQueries) {
    QueryBlock block;
    block.begin = begin;
    block.end = std::min(known + count, begin + kBlockQueries);
    block.num_keys = block.end;
    plan.max_scores =
        std::max(plan.max_scores, static_cast<int64_t>(block.end - block.begin) * block.num_keys);
    plan.blocks.push_back(block);
  }
  return plan;
}

void AttentionScratch::Reserve(int threads, int64_t size) {
  if (buffers_.size() < static_cast<size_t>(threads)) buffers_.resize(static_cast<size_t>(threads));
  for (auto& buffer : buffers_) {
    if (static_cast<int64_t>(buffer.size()) < size) {
      buffer = AlignedBuffer<float>(static_cast<size_t>(size));
    }
  }
}

Status ForestAttention(const AttentionShape& shape, const AttentionPlan& plan, ConstMatrixView q,
                       ConstMatrixView k, ConstMatrixView v, MatrixView out,
                       AttentionScratch& scratch) {
  FP_CHECK(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "kv_heads must divide heads");
  FP_CHECK(q.cols == shape.heads * shape.head_dim && out.cols == q.cols, "q or out: not [N, H*E]");
  FP_CHECK(k.cols == shape.kv_heads * shape.head_dim && v.cols == k.cols, "k or v: not [N, K*E]");
  scratch.Reserve(NumThreads(), plan.max_scores);
  const BlockContext context{shape, plan, q, k, v, out};
  const auto num_blocks = static_cast<int64_t>(plan.blocks.size());
  std::atomic<bool> failed = false;
  // Blocks of a long segment grow towards its end: hand out the late, large ones first.
  ParallelTasks(num_blocks * shape.heads, [&](int64_t task, int thread) {
    const QueryBlock& block = plan.blocks[static_cast<size_t>(num_blocks - 1 - task / shape.heads)];
    if (!AttendHead(context, block, task % shape.heads, scratch.of(thread))) failed = true;
  });
  if (failed) return Fail(ErrorCode::kInternal, "oneDNN's sgemm failed inside attention");
  return {};
}

}  // namespace fairprune::compute
