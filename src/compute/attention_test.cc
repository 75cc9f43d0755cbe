#include "compute/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/result_matchers.h"
#include "compute/random_for_test.h"

namespace fairprune::compute {
namespace {

// Parent of every node, from the segments.
std::vector<int32_t> Parents(const std::vector<Segment>& segments) {
  std::vector<int32_t> parents;
  for (const Segment& s : segments) {
    for (int32_t i = s.begin; i < s.end; ++i) {
      const int32_t first = s.parent < 0 ? -1 : segments[static_cast<size_t>(s.parent)].end - 1;
      parents.push_back(i > s.begin ? i - 1 : first);
    }
  }
  return parents;
}

// The plain loop: walk from each node to the root.
Tensor Reference(const AttentionShape& shape, const std::vector<Segment>& segments, const Tensor& q,
                 const Tensor& k, const Tensor& v) {
  const std::vector<int32_t> parents = Parents(segments);
  const int64_t e = shape.head_dim;
  Tensor out = Tensor::Zeros(q.shape());
  for (size_t i = 0; i < parents.size(); ++i) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      const int64_t kv = h / (shape.heads / shape.kv_heads);
      const float* query = q.matrix().row(static_cast<int64_t>(i)) + h * e;
      double sum = 0;
      std::vector<double> mixed(static_cast<size_t>(e), 0.0);
      int64_t distance = 0;
      for (auto j = static_cast<int32_t>(i); j >= 0; j = parents[static_cast<size_t>(j)]) {
        if (shape.window > 0 && distance++ >= shape.window) break;
        double score = 0;
        for (int64_t c = 0; c < e; ++c) score += query[c] * k.matrix().row(j)[kv * e + c];
        score *= shape.scale;
        if (shape.softcap > 0) score = shape.softcap * std::tanh(score / shape.softcap);
        const double weight = std::exp(score);
        sum += weight;
        for (int64_t c = 0; c < e; ++c) {
          mixed[static_cast<size_t>(c)] += weight * v.matrix().row(j)[kv * e + c];
        }
      }
      for (int64_t c = 0; c < e; ++c) {
        out.matrix().row(static_cast<int64_t>(i))[h * e + c] =
            static_cast<float>(mixed[static_cast<size_t>(c)] / sum);
      }
    }
  }
  return out;
}

void CheckForest(const AttentionShape& shape, const std::vector<Segment>& segments) {
  const int64_t n = segments.back().end;
  const Tensor q = RandomTensor({n, shape.heads * shape.head_dim}, 1);
  const Tensor k = RandomTensor({n, shape.kv_heads * shape.head_dim}, 2);
  const Tensor v = RandomTensor({n, shape.kv_heads * shape.head_dim}, 3);
  Tensor out(q.shape());
  AttentionScratch scratch;
  ASSERT_THAT(ForestAttention(shape, PlanAttention(segments), q.matrix(), k.matrix(), v.matrix(),
                              out.matrix(), scratch),
              IsOk());
  const Tensor expected = Reference(shape, segments, q, k, v);
  for (int64_t i = 0; i < out.size(); ++i) {
    ASSERT_NEAR(out.data()[i], expected.data()[i], 1e-5) << i;
  }
}

// The last `count` nodes of one sequence, after the others' keys and values.
void CheckContinuation(const AttentionShape& shape, int32_t known, int32_t count) {
  const int64_t n = known + count;
  const Tensor q = RandomTensor({n, shape.heads * shape.head_dim}, 1);
  const Tensor k = RandomTensor({n, shape.kv_heads * shape.head_dim}, 2);
  const Tensor v = RandomTensor({n, shape.kv_heads * shape.head_dim}, 3);
  const Tensor expected = Reference(shape, {{0, static_cast<int32_t>(n), -1}}, q, k, v);
  const ConstMatrixView queries{q.matrix().row(known), count, q.shape()[1], q.shape()[1]};
  Tensor out({count, q.shape()[1]});
  AttentionScratch scratch;
  ASSERT_THAT(ForestAttention(shape, PlanContinuation(known, count), queries, k.matrix(),
                              v.matrix(), out.matrix(), scratch),
              IsOk());
  const float* wanted = expected.matrix().row(known);
  for (int64_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out.data()[i], wanted[i], 1e-5) << i;
  Tensor last({q.shape()[1]});
  AttendLast(shape, q.matrix().row_span(n - 1), k.matrix(), v.matrix(), last.span(), scratch);
  wanted = expected.matrix().row(n - 1);
  for (int64_t i = 0; i < last.size(); ++i) ASSERT_NEAR(last.data()[i], wanted[i], 1e-5) << i;
}

TEST(AttentionTest, AContinuationSeesWhatIsKnown) {
  CheckContinuation({4, 2, 16, 0.25F}, 0, 1);
  CheckContinuation({4, 2, 16, 0.25F}, 0, 70);
  CheckContinuation({4, 2, 20, 0.25F}, 1, 1);
  CheckContinuation({4, 1, 12, 0.25F}, 37, 6);
  CheckContinuation({4, 4, 16, 0.25F}, 63, 66);
  CheckContinuation({2, 1, 256, 0.1F}, 200, 1);
}

TEST(AttentionTest, AContinuationKeepsWindowsAndCaps) {
  for (const int64_t window : {1, 5, 64, 100, 1000}) {
    CheckContinuation({.heads = 4, .kv_heads = 2, .head_dim = 16, .scale = 0.25F, .window = window},
                      90, 3);
    CheckContinuation({.heads = 2,
                       .kv_heads = 1,
                       .head_dim = 8,
                       .scale = 0.3F,
                       .softcap = 0.8F,
                       .window = window},
                      3, 140);
  }
}

TEST(AttentionTest, OneSequence) { CheckForest({4, 2, 16, 0.25F}, {{0, 23, -1}}); }

TEST(AttentionTest, SequenceLongerThanABlock) { CheckForest({2, 1, 8, 0.3F}, {{0, 200, -1}}); }

TEST(AttentionTest, ForestOfSharedPrefixes) {
  // 0-4 root; its children 5-6 and 7-9; 10-10 under 7-9, 11-90 under 7-9; a second root 91-93.
  CheckForest({6, 3, 24, 0.2F},
              {{0, 5, -1}, {5, 7, 0}, {7, 10, 0}, {10, 11, 2}, {11, 91, 2}, {91, 94, -1}});
}

TEST(AttentionTest, SingleNodes) {
  CheckForest({1, 1, 4, 0.5F}, {{0, 1, -1}, {1, 2, 0}, {2, 3, -1}});
}

// A root of 70 nodes; under it one of 3 and one of 150; 5 and 40 under the latter; a second tree.
const std::vector<Segment> kBranching = {{0, 70, -1},   {70, 73, 0},   {73, 223, 0},
                                         {223, 228, 2}, {228, 268, 2}, {268, 270, -1},
                                         {270, 271, 5}, {271, 340, 5}};

// Windows smaller and larger than a block of 64 queries, and than any path.
TEST(AttentionTest, WindowsInAForest) {
  for (const int64_t window :
       {1, 2, 3, 31, 63, 64, 65, 70, 71, 100, 128, 219, 220, 259, 260, 500}) {
    SCOPED_TRACE(window);
    CheckForest({2, 1, 8, 0.3F, 0, window}, kBranching);
  }
}

TEST(AttentionTest, WindowOverOneLongSequence) {
  for (const int64_t window : {1, 5, 64, 130, 199, 200, 201}) {
    SCOPED_TRACE(window);
    CheckForest({2, 2, 16, 0.25F, 0, window}, {{0, 200, -1}});
  }
}

TEST(AttentionTest, SoftCapOfTheScaledScores) {
  for (const float cap : {0.7F, 3.0F, 50.0F}) {
    SCOPED_TRACE(cap);
    CheckForest({4, 2, 16, 0.25F, cap}, {{0, 23, -1}});
    CheckForest({2, 1, 8, 0.3F, cap, 65}, kBranching);
  }
}

TEST(AttentionTest, AWindowThatHidesNothingChangesNothing) {
  const AttentionShape plain{2, 1, 8, 0.3F};
  AttentionShape wide = plain;
  wide.window = 260;  // the longest path
  const int64_t n = kBranching.back().end;
  const Tensor q = RandomTensor({n, 16}, 1);
  const Tensor k = RandomTensor({n, 8}, 2);
  const Tensor v = RandomTensor({n, 8}, 3);
  Tensor without({n, 16});
  Tensor with({n, 16});
  AttentionScratch scratch;
  const AttentionPlan plan = PlanAttention(kBranching);
  ASSERT_THAT(
      ForestAttention(plain, plan, q.matrix(), k.matrix(), v.matrix(), without.matrix(), scratch),
      IsOk());
  ASSERT_THAT(
      ForestAttention(wide, plan, q.matrix(), k.matrix(), v.matrix(), with.matrix(), scratch),
      IsOk());
  for (int64_t i = 0; i < with.size(); ++i) ASSERT_EQ(with.data()[i], without.data()[i]) << i;
}

}  // namespace
}  // namespace fairprune::compute
