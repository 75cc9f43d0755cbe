// Attention of a single query, as decoding needs it: plain loops over the keys that it sees.
#include <algorithm>

#include "base/check.h"
#include "compute/attention.h"
#include "compute/attention_blocks.h"
#include "compute/parallel.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

// Fewer multiplications than this are done before a second thread has woken.
constexpr int64_t kParallelWork = int64_t{1} << 16;

// scores[j] = q . k[j] over E columns.
FP_KERNEL void ScoreKeys(const float* q, const float* k, int64_t stride, int64_t e, int64_t count,
                         float* scores) {
  for (int64_t j = 0; j < count; ++j) {
    const float* key = k + j * stride;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < e; ++c) sum += q[c] * key[c];
    scores[j] = sum;
  }
}

// out = sum over j of weights[j] * v[j]; four values at a time, so that `out` is read and written a
// quarter as often.
FP_KERNEL void MixValues(const float* weights, const float* v, int64_t stride, int64_t e,
                         int64_t count, float* out) {
  std::fill(out, out + e, 0.0F);
  int64_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const float* a = v + j * stride;
    const float* b = a + stride;
    const float* c = b + stride;
    const float* d = c + stride;
    const float* w = weights + j;
#pragma omp simd
    for (int64_t i = 0; i < e; ++i) {
      out[i] += (w[0] * a[i] + w[1] * b[i]) + (w[2] * c[i] + w[3] * d[i]);
    }
  }
  for (; j < count; ++j) {
    const float* value = v + j * stride;
#pragma omp simd
    for (int64_t i = 0; i < e; ++i) out[i] += weights[j] * value[i];
  }
}

}  // namespace

void AttendLast(const AttentionShape& shape, std::span<const float> q, ConstMatrixView k,
                ConstMatrixView v, std::span<float> out, AttentionScratch& scratch) {
  const int64_t e = shape.head_dim;
  FP_CHECK(shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0, "kv_heads must divide heads");
  FP_CHECK(static_cast<int64_t>(q.size()) == shape.heads * e && out.size() == q.size(),
           "q or out: not [H*E]");
  FP_CHECK(k.cols == shape.kv_heads * e && v.cols == k.cols && v.rows == k.rows && k.rows > 0,
           "k or v: not [T, K*E]");
  const int64_t position = k.rows - 1;
  const int64_t first_key = shape.window == 0 ? 0 : std::max<int64_t>(0, k.rows - shape.window);
  const int64_t keys = k.rows - first_key;
  constexpr int64_t kStep = 1024;  // so that it does not grow with every token
  scratch.Reserve(NumThreads(), (keys + kStep - 1) / kStep * kStep);
  const auto attend = [&](int64_t head, int thread) {
    const int64_t kv_column = head / (shape.heads / shape.kv_heads) * e;
    const float* query = q.data() + head * e;
    float* scores = scratch.of(thread);
    ScoreKeys(query, k.row(first_key) + kv_column, k.stride, e, keys, scores);
    if (shape.softcap > 0) {  // WeighKeys wants them scaled then
      for (int64_t j = 0; j < keys; ++j) scores[j] *= shape.scale;
    }
    WeighKeys(shape, position, first_key, 1, keys, scores);
    MixValues(scores, v.row(first_key) + kv_column, v.stride, e, keys, out.data() + head * e);
  };
  if (shape.heads * keys * e * 2 < kParallelWork) {
    for (int64_t head = 0; head < shape.heads; ++head) attend(head, 0);
  } else {
    ParallelTasks(shape.heads, attend);
  }
}

}  // namespace fairprune::compute
