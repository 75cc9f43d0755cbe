// Gradients against difference quotients of the same operations as plain loops in f64.
#include "compute/gradients.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "base/result_matchers.h"
#include "compute/attention.h"
#include "compute/random_for_test.h"

namespace fairprune::compute {
namespace {

using Values = std::vector<double>;

Values ToDouble(const Tensor& tensor) { return {tensor.span().begin(), tensor.span().end()}; }

// Compares every `step`th element of `found` with the difference quotient of `figure` at `at`.
void ExpectGradient(const std::function<double(const Values&)>& figure, const Values& at,
                    std::span<const float> found, const char* name, size_t step = 1) {
  ASSERT_EQ(at.size(), found.size());
  constexpr double kStep = 1e-5;
  double largest = 1e-3;
  Values wanted(at.size());
  for (size_t i = 0; i < at.size(); i += step) {
    Values moved = at;
    moved[i] = at[i] + kStep;
    const double above = figure(moved);
    moved[i] = at[i] - kStep;
    wanted[i] = (above - figure(moved)) / (2 * kStep);
    largest = std::max(largest, std::fabs(wanted[i]));
  }
  for (size_t i = 0; i < at.size(); i += step)
    ASSERT_NEAR(found[i], wanted[i], 3e-6 * largest) << name << " at " << i;
}

double Dot(const Values& a, const Values& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// RmsNorm of rows of `width`, in f64.
Values Norm(const Values& x, const Values& weight, double eps) {
  const size_t width = weight.size();
  Values out(x.size());
  for (size_t at = 0; at < x.size(); at += width) {
    double squares = 0;
    for (size_t i = 0; i < width; ++i) squares += x[at + i] * x[at + i];
    const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + eps);
    for (size_t i = 0; i < width; ++i) out[at + i] = weight[i] * x[at + i] * scale;
  }
  return out;
}

TEST(Gradients, RmsNormWholeAndPerHead) {
  for (const int64_t width : {2, 7, 16, 33, 48}) {
    for (const int64_t groups : {1, 3}) {
      const Tensor x = RandomTensor({5, width * groups}, 1);
      const Tensor weight = RandomTensor({width}, 2);
      const Tensor d_out = RandomTensor({5, width * groups}, 3);
      Tensor d_x({5, width * groups});
      RmsNormGradient(x.matrix(), weight.span(), 1e-3F, d_out.matrix(), d_x.matrix());
      ExpectGradient(
          [&](const Values& at) { return Dot(Norm(at, ToDouble(weight), 1e-3), ToDouble(d_out)); },
          ToDouble(x), d_x.span(), "x");
      Tensor in_place = RandomTensor({5, width * groups}, 3);
      RmsNormGradient(x.matrix(), weight.span(), 1e-3F, in_place.matrix(), in_place.matrix());
      for (int64_t i = 0; i < d_x.size(); ++i) EXPECT_EQ(in_place.data()[i], d_x.data()[i]);
    }
  }
}

double Gate(GateFunction function, double x) {
  switch (function) {
    case GateFunction::kSilu:
      return x / (1 + std::exp(-x));
    case GateFunction::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case GateFunction::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  }
  return 0;
}

TEST(Gradients, GatedProductOfEveryFunction) {
  for (const auto function : {GateFunction::kSilu, GateFunction::kGeluTanh, GateFunction::kGelu}) {
    for (const int64_t f : {1, 15, 16, 17, 40}) {
      Tensor gate = RandomTensor({3, f}, 4);
      for (float& value : gate.span()) value *= 3;
      const Tensor up = RandomTensor({3, f}, 5);
      const Tensor d_out = RandomTensor({3, f}, 6);
      std::vector<float> keep(static_cast<size_t>(f), 1.0F);
      keep[0] = 0;
      Tensor d_gate({3, f}), d_up({3, f});
      GatedProductGradient(function, gate.matrix(), up.matrix(), keep, d_out.matrix(),
                           d_gate.matrix(), d_up.matrix());
      const auto figure = [&](const Values& g, const Values& u) {
        double sum = 0;
        for (size_t i = 0; i < g.size(); ++i)
          sum += Gate(function, g[i]) * u[i] * keep[i % keep.size()] * d_out.data()[i];
        return sum;
      };
      ExpectGradient([&](const Values& g) { return figure(g, ToDouble(up)); }, ToDouble(gate),
                     d_gate.span(), "gate");
      ExpectGradient([&](const Values& u) { return figure(ToDouble(gate), u); }, ToDouble(up),
                     d_up.span(), "up");
    }
  }
}

TEST(Gradients, RotationBackIsTheTransposedRotation) {
  const int64_t heads = 2, head_dim = 10, half = 3;  // R = 6 of 10
  const Tensor cos = RandomTensor({4, half}, 7), sin = RandomTensor({4, half}, 8);
  const std::vector<int32_t> positions = {0, 3, 1};
  Tensor x = RandomTensor({3, heads * head_dim}, 9);
  Tensor d = RandomTensor({3, heads * head_dim}, 10);
  const Values x_before = ToDouble(x), d_before = ToDouble(d);
  const RopeTable table{cos.matrix(), sin.matrix()};
  ApplyRope(table, positions, heads, head_dim, x.matrix());
  ApplyRopeGradient(table, positions, heads, head_dim, d.matrix());
  EXPECT_NEAR(Dot(ToDouble(x), d_before), Dot(x_before, ToDouble(d)), 1e-4);
  EXPECT_NE(ToDouble(d), d_before);
}

TEST(Gradients, LogProbabilityOfAToken) {
  for (const int64_t size : {1, 5, 16, 100}) {
    const Tensor logits = RandomTensor({1, size}, 15);
    Tensor d({1, size});
    std::copy(logits.span().begin(), logits.span().end(), d.data());
    const int64_t token = size / 2;
    LogProbabilityGradient(-1.7F, token, d.span());
    ExpectGradient(
        [&](const Values& x) {
          double sum = 0;
          for (const double value : x) sum += std::exp(value);
          return -1.7 * (x[static_cast<size_t>(token)] - std::log(sum));
        },
        ToDouble(logits), d.span(), "logits");
  }
}

struct AttentionCase {
  double softcap;
  int64_t window;
};
class AttentionGradientTest : public ::testing::TestWithParam<AttentionCase> {};

// Two trees; the first branches, and has a segment that is longer than a block of queries.
const std::vector<Segment> kSegments = {
    {0, 5, -1}, {5, 9, 0}, {9, 80, 0}, {80, 83, 2}, {83, 90, -1}};
constexpr int64_t kNodes = 90, kHeads = 4, kKvHeads = 2, kHeadDim = 3;
constexpr double kScale = 0.6;

std::vector<int64_t> ParentsOf() {
  std::vector<int64_t> parents;
  for (const Segment& segment : kSegments)
    for (int32_t node = segment.begin; node < segment.end; ++node) {
      const int64_t before =
          segment.parent < 0 ? -1 : kSegments[static_cast<size_t>(segment.parent)].end - 1;
      parents.push_back(node == segment.begin ? before : node - 1);
    }
  return parents;
}

// sum(d_out * attention(q, k, v)), node by node in f64.
double AttentionFigure(const AttentionCase& c, const Values& q, const Values& k, const Values& v,
                       const Values& d_out) {
  static const std::vector<int64_t> parents = ParentsOf();
  double figure = 0;
  for (int64_t node = 0; node < kNodes; ++node) {
    for (int64_t head = 0; head < kHeads; ++head) {
      const int64_t kv = head / (kHeads / kKvHeads);
      double total = 0, weighted = 0;
      int64_t seen = 0;
      for (int64_t j = node; j >= 0 && (c.window == 0 || seen < c.window);
           j = parents[static_cast<size_t>(j)], ++seen) {
        double score = 0, value = 0;
        for (int64_t e = 0; e < kHeadDim; ++e) {
          const auto key_at = static_cast<size_t>((j * kKvHeads + kv) * kHeadDim + e);
          const auto query_at = static_cast<size_t>((node * kHeads + head) * kHeadDim + e);
          score += kScale * q[query_at] * k[key_at];
          value += v[key_at] * d_out[query_at];
        }
        if (c.softcap > 0) score = c.softcap * std::tanh(score / c.softcap);
        total += std::exp(score);
        weighted += std::exp(score) * value;
      }
      figure += weighted / total;
    }
  }
  return figure;
}

TEST_P(AttentionGradientTest, EqualsDifferenceQuotients) {
  const AttentionCase c = GetParam();
  const Tensor q = RandomTensor({kNodes, kHeads * kHeadDim}, 11);
  const Tensor k = RandomTensor({kNodes, kKvHeads * kHeadDim}, 12);
  const Tensor v = RandomTensor({kNodes, kKvHeads * kHeadDim}, 13);
  const Tensor d_out = RandomTensor({kNodes, kHeads * kHeadDim}, 14);
  Tensor d_q(q.shape()), d_k(k.shape()), d_v(v.shape());
  const AttentionShape shape{.heads = kHeads,
                             .kv_heads = kKvHeads,
                             .head_dim = kHeadDim,
                             .scale = static_cast<float>(kScale),
                             .softcap = static_cast<float>(c.softcap),
                             .window = c.window};
  AttentionScratch scratch;
  ASSERT_THAT(ForestAttentionGradient(shape, PlanAttention(kSegments),
                                      {q.matrix(), k.matrix(), v.matrix(), d_out.matrix(),
                                       d_q.matrix(), d_k.matrix(), d_v.matrix()},
                                      scratch),
              IsOk());
  const Values at_q = ToDouble(q), at_k = ToDouble(k), at_v = ToDouble(v), d = ToDouble(d_out);
  ExpectGradient([&](const Values& x) { return AttentionFigure(c, x, at_k, at_v, d); }, at_q,
                 d_q.span(), "q", 7);
  ExpectGradient([&](const Values& x) { return AttentionFigure(c, at_q, x, at_v, d); }, at_k,
                 d_k.span(), "k", 7);
  ExpectGradient([&](const Values& x) { return AttentionFigure(c, at_q, at_k, x, d); }, at_v,
                 d_v.span(), "v", 7);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AttentionGradientTest,
                         ::testing::Values(AttentionCase{0, 0}, AttentionCase{0, 6},
                                           AttentionCase{2.5, 0}, AttentionCase{2.5, 70}));

}  // namespace
}  // namespace fairprune::compute
