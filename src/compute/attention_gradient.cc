#include <algorithm>
#include <array>
#include <atomic>
#include <oneapi/dnnl/dnnl.hpp>

#include "base/check.h"
#include "compute/attention.h"
#include "compute/attention_blocks.h"
#include "compute/gradients.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

FP_KERNEL float Dot(const float* a, const float* b, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// d = weight * (d - along): the gradient of softmax.
FP_KERNEL void SoftmaxGradientRow(const float* weight, float along, float* d, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) d[i] = weight[i] * (d[i] - along);
}

bool Sgemm(char transpose_a, char transpose_b, std::array<int64_t, 3> mnk, float alpha,
           ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c) {
  return dnnl::sgemm(transpose_a, transpose_b, mnk[0], mnk[1], mnk[2], alpha, a.data, a.stride,
                     b.data, b.stride, beta, c.data, c.stride) == dnnl::status::success;
}

// The gradient of one query block's attention, head by head.
class BlockGradient {
 public:
  BlockGradient(const AttentionShape& shape, const AttentionPlan& plan,
                const AttentionGradient& tensors, const QueryBlock& block, float* scratch)
      : shape_(shape),
        plan_(plan),
        t_(tensors),
        block_(block),
        queries_(block.end - block.begin),
        first_key_(FirstKey(shape, block)),
        keys_(block.num_keys - first_key_) {
    const int64_t size = queries_ * keys_;
    weights_ = {scratch, queries_, keys_, keys_};
    d_ = {scratch + size, queries_, keys_, keys_};
    capped_ = {scratch + 2 * size, queries_, keys_, keys_};
  }

  bool Run(int64_t head) {
    const int64_t e = shape_.head_dim;
    q_ = Rows(t_.q, head * e);
    d_out_ = Rows(t_.d_out, head * e);
    kv_column_ = head / (shape_.heads / shape_.kv_heads) * e;
    return ComputeWeights() && AddValueGradient() && ComputeScoreGradient() && AddKeyGradient(head);
  }

 private:
  // The block's rows of one head, [queries, E].
  ConstMatrixView Rows(ConstMatrixView m, int64_t column) const {
    return {m.row(block_.begin) + column, queries_, shape_.head_dim, m.stride};
  }
  // Calls visit(first node, count, offset) for each run of keys until it gives false.
  template <typename Visit>
  bool ForEachRun(const Visit& visit) const {
    bool ok = true;
    ForEachKeyRun(plan_, block_, first_key_, [&](int64_t first, int64_t count, int64_t offset) {
      ok = ok && visit(first, count, offset);
    });
    return ok;
  }
  ConstMatrixView KeyRows(ConstMatrixView m, int64_t first, int64_t count) const {
    return {m.row(first) + kv_column_, count, shape_.head_dim, m.stride};
  }
  MatrixView KeyRows(MatrixView m, int64_t first, int64_t count) const {
    return {m.row(first) + kv_column_, count, shape_.head_dim, m.stride};
  }
  static MatrixView From(const MatrixView& m, int64_t offset) {
    return {m.data + offset, m.rows, m.cols - offset, m.stride};
  }

  // As the forward pass does.
  bool ComputeWeights() {
    const float alpha = shape_.softcap > 0 ? shape_.scale : 1.0F;
    const bool ok = ForEachRun([&](int64_t first, int64_t count, int64_t offset) {
      return Sgemm('N', 'T', {queries_, count, shape_.head_dim}, alpha, q_,
                   KeyRows(t_.k, first, count), 0.0F, From(weights_, offset));
    });
    if (!ok) return false;
    if (shape_.softcap > 0) {
      const auto size = static_cast<size_t>(queries_ * keys_);
      std::copy_n(weights_.data, size, capped_.data);
      SoftCap(shape_.softcap, {capped_.data, size});
    }
    WeighKeys(shape_, block_.num_keys - queries_, first_key_, queries_, keys_, weights_.data);
    return true;
  }

  // d_v += weights^T d_out.
  bool AddValueGradient() {
    return ForEachRun([&](int64_t first, int64_t count, int64_t offset) {
      return Sgemm('T', 'N', {count, shape_.head_dim, queries_}, 1.0F, From(weights_, offset),
                   d_out_, 1.0F, KeyRows(t_.d_v, first, count));
    });
  }

  // d_ becomes the gradient with respect to the products q . k, but for the scale.
  bool ComputeScoreGradient() {
    const bool ok = ForEachRun([&](int64_t first, int64_t count, int64_t offset) {
      return Sgemm('N', 'T', {queries_, count, shape_.head_dim}, 1.0F, d_out_,
                   KeyRows(t_.v, first, count), 0.0F, From(d_, offset));
    });
    if (!ok) return false;
    for (int64_t i = 0; i < queries_; ++i) {
      const float along = Dot(weights_.row(i), d_.row(i), keys_);
      SoftmaxGradientRow(weights_.row(i), along, d_.row(i), keys_);
    }
    if (shape_.softcap > 0) {
      const auto size = static_cast<size_t>(queries_ * keys_);
      SoftCapGradient(shape_.softcap, {capped_.data, size}, {d_.data, size});
    }
    return true;
  }

  // d_q = scale * d k;  d_k += scale * d^T q.
  bool AddKeyGradient(int64_t head) {
    const MatrixView d_q{t_.d_q.row(block_.begin) + head * shape_.head_dim, queries_,
                         shape_.head_dim, t_.d_q.stride};
    return ForEachRun([&](int64_t first, int64_t count, int64_t offset) {
      return Sgemm('N', 'N', {queries_, shape_.head_dim, count}, shape_.scale, From(d_, offset),
                   KeyRows(t_.k, first, count), offset == 0 ? 0.0F : 1.0F, d_q) &&
             Sgemm('T', 'N', {count, shape_.head_dim, queries_}, shape_.scale, From(d_, offset), q_,
                   1.0F, KeyRows(t_.d_k, first, count));
    });
  }

  const AttentionShape& shape_;
  const AttentionPlan& plan_;
  const AttentionGradient& t_;
  const QueryBlock& block_;
  int64_t queries_, first_key_, keys_;
  MatrixView weights_, d_, capped_;  // [queries, keys]
  ConstMatrixView q_, d_out_;        // [queries, E] of the head
  int64_t kv_column_ = 0;
};

void Clear(MatrixView m) {
  ParallelFor(m.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::fill_n(m.row(i), m.cols, 0.0F);
  });
}

// Where each tree's blocks begin, and the end of the last one.
std::vector<size_t> TreeBounds(const AttentionPlan& plan) {
  std::vector<size_t> bounds;
  for (size_t b = 0; b < plan.blocks.size(); ++b) {
    const QueryBlock& block = plan.blocks[b];
    if (block.num_ancestors == 0 && block.begin == block.segment_begin) bounds.push_back(b);
  }
  bounds.push_back(plan.blocks.size());
  return bounds;
}

}  // namespace

Status ForestAttentionGradient(const AttentionShape& shape, const AttentionPlan& plan,
                               const AttentionGradient& tensors, AttentionScratch& scratch) {
  FP_CHECK(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "kv_heads must divide heads");
  FP_CHECK(tensors.q.cols == shape.heads * shape.head_dim && tensors.d_out.cols == tensors.q.cols &&
               tensors.d_q.cols == tensors.q.cols,
           "q, d_out or d_q: not [N, H*E]");
  FP_CHECK(tensors.k.cols == shape.kv_heads * shape.head_dim && tensors.v.cols == tensors.k.cols &&
               tensors.d_k.cols == tensors.k.cols && tensors.d_v.cols == tensors.k.cols,
           "k, v, d_k or d_v: not [N, K*E]");
  scratch.Reserve(NumThreads(), 3 * plan.max_scores);
  Clear(tensors.d_k);
  Clear(tensors.d_v);
  // Blocks of one tree add to the same keys and values: a task takes them one after the other, for
  // the query heads that share a key-value head.
  const std::vector<size_t> bounds = TreeBounds(plan);
  const int64_t group = shape.heads / shape.kv_heads;
  const auto num_trees = static_cast<int64_t>(bounds.size()) - 1;
  std::atomic<bool> failed = false;
  ParallelTasks(num_trees * shape.kv_heads, [&](int64_t task, int thread) {
    const auto tree = static_cast<size_t>(task / shape.kv_heads);
    const int64_t kv_head = task % shape.kv_heads;
    for (size_t b = bounds[tree]; b < bounds[tree + 1]; ++b) {
      BlockGradient block(shape, plan, tensors, plan.blocks[b], scratch.of(thread));
      for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head)
        if (!block.Run(head)) failed = true;
    }
  });
  if (failed) return Fail(ErrorCode::kInternal, "oneDNN's sgemm failed in attention's gradient");
  return {};
}

}  // namespace fairprune::compute
