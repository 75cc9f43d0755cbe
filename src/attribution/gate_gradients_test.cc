#include "attribution/gate_gradients.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "attribution/divergence_gradients.h"
#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {
namespace {

constexpr float kStep = 1e-2F;

std::vector<int32_t> Ids(int32_t first, std::initializer_list<int32_t> rest) {
  std::vector<int32_t> ids = {1, 7, first};
  ids.insert(ids.end(), rest);
  return ids;
}

Contrast MakeContrast(int32_t a, int32_t b, double weight, int64_t cluster) {
  Contrast contrast;
  contrast.sequences = {{Ids(a, {9, 4}), 2, 1}, {Ids(b, {9, 4}), 2, -1}};
  contrast.weight = weight;
  contrast.cluster = cluster;
  return contrast;
}

class GateGradientsTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto checkpoint = Checkpoint::Open(std::string(FAIRPRUNE_TESTDATA) + "/models/" + GetParam());
    ASSERT_THAT(checkpoint, IsOk());
    const auto model = DescribeModel(*checkpoint);
    ASSERT_THAT(model, IsOk());
    auto engine = Engine::Load(*model, {.gradient = true});
    ASSERT_THAT(engine, IsOk());
    engine_.emplace(*std::move(engine));
  }
  int64_t layers() const { return engine_->config().num_layers; }
  int64_t neurons() const { return engine_->config().intermediate_size; }

  // The central difference of the weighted mean over a neuron's factor about `center`.
  template <typename Measure>
  double Slope(int64_t layer, int64_t neuron, float center, const Measure& measure) const {
    double values[2];
    for (const int side : {0, 1}) {
      NeuronMask mask(layers(), neurons());
      mask.Scale(layer, neuron, center + (side == 0 ? -kStep : kStep));
      values[side] = measure(mask);
    }
    return (values[1] - values[0]) / (2 * kStep);
  }

  std::optional<Engine> engine_;
};

TEST_P(GateGradientsTest, FiguresOfTheSameSequencesAreFoundTogether) {
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 1), MakeContrast(22, 45, 3, 0),
                                           MakeContrast(50, 12, 2, 1)};
  std::vector<Contrast> losses = contrasts;
  for (Contrast& loss : losses) {
    loss.sequences[0].coefficient = -1;
    loss.sequences[1].coefficient = 0;
  }
  const std::span<const Contrast> sets[] = {contrasts, losses};
  const auto together = DifferentiateTogether(*engine_, sets);
  ASSERT_THAT(together, IsOk());
  for (size_t k = 0; k < 2; ++k) {
    const auto alone = DifferentiateContrasts(*engine_, sets[k]);
    ASSERT_THAT(alone, IsOk());
    EXPECT_EQ((*together)[k].values, alone->values);
    EXPECT_EQ((*together)[k].norms, alone->norms);
    EXPECT_TRUE(std::ranges::equal((*together)[k].mean.span(), alone->mean.span()));
    EXPECT_TRUE(
        std::ranges::equal((*together)[k].standard_error.span(), alone->standard_error.span()));
  }
  // Without the sequence that does not count, too.
  for (Contrast& loss : losses) loss.sequences.pop_back();
  const auto shorter = DifferentiateContrasts(*engine_, losses);
  ASSERT_THAT(shorter, IsOk());
  for (int64_t i = 0; i < shorter->mean.size(); ++i) {
    ASSERT_NEAR(shorter->mean.span()[static_cast<size_t>(i)],
                (*together)[1].mean.span()[static_cast<size_t>(i)], 1e-5);
  }
  EXPECT_THAT(DifferentiateTogether(*engine_, sets),
              FailsWith(ErrorCode::kInvalidArgument, "not of the same sequences"));
}

TEST_P(GateGradientsTest, AgreesWithFiniteDifferencesOfTheFactor) {
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 0), MakeContrast(22, 45, 3, 1)};
  const auto found = DifferentiateContrasts(*engine_, contrasts);
  ASSERT_THAT(found, IsOk());
  const auto measure = [&](const NeuronMask& mask) {
    const auto values = MeasureContrasts(*engine_, contrasts, {.mask = &mask, .progress = {}});
    return WeightedMean(contrasts, *values);
  };
  double largest = 0;
  for (const float mean : found->mean.span()) largest = std::max<double>(largest, std::abs(mean));
  ASSERT_GT(largest, 1e-3);
  for (int64_t layer = 0; layer < layers(); ++layer) {
    for (const int64_t neuron : {int64_t{0}, neurons() / 2, neurons() - 1}) {
      const auto at = static_cast<size_t>(layer * neurons() + neuron);
      EXPECT_NEAR(found->mean.span()[at], Slope(layer, neuron, 1.0F, measure), 5e-3 * largest)
          << layer << " " << neuron;
    }
  }
}

TEST_P(GateGradientsTest, OfADivergenceAgreesWithFiniteDifferences) {
  const std::vector<WeightedPair> pairs = {{{Ids(20, {9, 4}), Ids(31, {9, 4})}, 1, 0},
                                           {{Ids(22, {11}), Ids(45, {8, 11})}, 2, 1}};
  const auto found = DifferentiateDivergence(*engine_, pairs);
  ASSERT_THAT(found, IsOk());
  EXPECT_GT(found->values[0], 0);
  const auto measure = [&](const NeuronMask& mask) {
    const auto masked = DifferentiateDivergence(*engine_, pairs, {.mask = &mask});
    return (masked->values[0] + 2 * masked->values[1]) / 3;
  };
  double largest = 0;
  for (const float mean : found->mean.span()) largest = std::max<double>(largest, std::abs(mean));
  ASSERT_GT(largest, 1e-6);
  for (int64_t layer = 0; layer < layers(); ++layer) {
    for (const int64_t neuron : {int64_t{1}, neurons() - 2}) {
      const auto at = static_cast<size_t>(layer * neurons() + neuron);
      EXPECT_NEAR(found->mean.span()[at], Slope(layer, neuron, 1.0F, measure), 1e-2 * largest)
          << layer << " " << neuron;
    }
  }
}

TEST_P(GateGradientsTest, ANeuronThatIsOffHasTheSlopeOfComingBack) {
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 0)};
  NeuronMask off(layers(), neurons());
  off.Remove(0, 3);
  const auto found = DifferentiateContrasts(*engine_, contrasts, {.mask = &off});
  ASSERT_THAT(found, IsOk());
  const auto measure = [&](const NeuronMask& mask) {
    return MeasureContrasts(*engine_, contrasts, {.mask = &mask, .progress = {}})->front();
  };
  double largest = 0;
  for (const float mean : found->mean.span()) largest = std::max<double>(largest, std::abs(mean));
  EXPECT_NEAR(found->mean.span()[3], Slope(0, 3, 0.0F, measure), 5e-3 * largest);
}

TEST_P(GateGradientsTest, NormsAreOfEachContrastAlone) {
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 5), MakeContrast(22, 45, 3, 2)};
  const auto found = DifferentiateContrasts(*engine_, contrasts);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->norms.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const auto alone = DifferentiateContrasts(*engine_, std::span(&contrasts[i], 1));
    ASSERT_THAT(alone, IsOk());
    double squares = 0;
    for (const float gate : alone->mean.span()) squares += static_cast<double>(gate) * gate;
    EXPECT_NEAR(found->norms[i], std::sqrt(squares), 1e-4 * found->norms[i]);
  }
}

TEST_P(GateGradientsTest, ValuesAreTheContrasts) {
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 5), MakeContrast(22, 45, 1, 2)};
  const auto found = DifferentiateContrasts(*engine_, contrasts);
  ASSERT_THAT(found, IsOk());
  const auto values = MeasureContrasts(*engine_, contrasts);
  ASSERT_THAT(values, IsOk());
  for (size_t i = 0; i < values->size(); ++i) EXPECT_NEAR(found->values[i], (*values)[i], 1e-4);
}

TEST_P(GateGradientsTest, MeanAndErrorAreThoseOfTheContrastsOneByOne) {
  // Two clusters, of which one has two contrasts; not in the order of clusters.
  const std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 2), MakeContrast(22, 45, 2, 1),
                                           MakeContrast(50, 33, 0.5, 2), MakeContrast(9, 3, 1, 7)};
  const auto found =
      DifferentiateContrasts(*engine_, contrasts, {.squares = true, .batch_nodes = 4});
  ASSERT_THAT(found, IsOk());
  std::vector<GateGradients> single;
  double weight = 0;
  for (const Contrast& contrast : contrasts) {
    auto one = DifferentiateContrasts(*engine_, std::vector<Contrast>{contrast}, {.squares = true});
    ASSERT_THAT(one, IsOk());
    single.push_back(*std::move(one));
    weight += contrast.weight;
  }
  for (size_t n = 0; n < static_cast<size_t>(neurons()); ++n) {
    double mean = 0;
    double squares = 0;
    for (size_t i = 0; i < contrasts.size(); ++i) {
      mean += contrasts[i].weight * single[i].mean.span()[n] / weight;
      squares += contrasts[i].weight * single[i].squares.span()[n] / weight;
    }
    std::map<int64_t, double> deviation;
    for (size_t i = 0; i < contrasts.size(); ++i) {
      deviation[contrasts[i].cluster] += contrasts[i].weight * (single[i].mean.span()[n] - mean);
    }
    double sum = 0;
    for (const auto& [cluster, d] : deviation) sum += d * d;
    EXPECT_NEAR(found->mean.span()[n], mean, 1e-5 + 1e-4 * std::abs(mean));
    EXPECT_NEAR(found->standard_error.span()[n], std::sqrt(1.5 * sum) / weight,
                1e-5 + 1e-3 * std::sqrt(sum));
    EXPECT_NEAR(found->squares.span()[n], squares, 1e-6 + 1e-4 * squares);
  }
}

// The mean of +-G by hand, the third contrast on no side.
TEST_P(GateGradientsTest, SidesAreTheContrastsWithTheirSigns) {
  std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 2), MakeContrast(22, 45, 2, 1),
                                     MakeContrast(50, 33, 0.5, 2), MakeContrast(9, 3, 1, 7)};
  contrasts[0].side = 1;
  contrasts[1].side = -1;
  contrasts[3].side = -3;
  const auto found = DifferentiateContrasts(*engine_, contrasts, {.batch_nodes = 4});
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->sides.size(), 3U);
  std::vector<Tensor> alone;
  for (const Contrast& contrast : contrasts) {
    auto one = DifferentiateContrasts(*engine_, std::vector<Contrast>{contrast});
    ASSERT_THAT(one, IsOk());
    alone.push_back(std::move(one->mean));
  }
  for (size_t n = 0; n < static_cast<size_t>(found->mean.size()); ++n) {
    const double first = (alone[0].span()[n] - 2 * alone[1].span()[n]) / 3;
    EXPECT_NEAR(found->sides[0].span()[n], first, 1e-5 + 1e-4 * std::abs(first));
    EXPECT_TRUE(std::isnan(found->sides[1].span()[n]));
    EXPECT_NEAR(found->sides[2].span()[n], -alone[3].span()[n],
                1e-5 + 1e-4 * std::abs(alone[3].span()[n]));
  }
}

// Factors that are known only afterwards, as the same weights given beforehand.
TEST_P(GateGradientsTest, WeighsByFactorsOfTheNorms) {
  std::vector<Contrast> contrasts = {MakeContrast(20, 31, 1, 2), MakeContrast(22, 45, 2, 1),
                                     MakeContrast(50, 33, 0.5, 2), MakeContrast(9, 3, 1, 7)};
  contrasts[1].side = 1;
  std::vector<WeightedPair> pairs = {{{Ids(20, {9, 4}), Ids(31, {9, 4})}, 1, 1},
                                     {{Ids(22, {11}), Ids(45, {8, 11})}, 2, 0}};
  GradientAttributionOptions options;
  options.batch_nodes = 4;
  options.weigh = [](std::span<const double> norms) {
    std::vector<double> factors;
    for (const double norm : norms) factors.push_back(1 / norm);
    return factors;
  };
  const auto same = [&](const GateGradients& found, const GateGradients& expected) {
    for (size_t n = 0; n < static_cast<size_t>(expected.mean.size()); ++n) {
      EXPECT_NEAR(found.mean.span()[n], expected.mean.span()[n], 1e-6);
      EXPECT_NEAR(found.standard_error.span()[n], expected.standard_error.span()[n], 1e-6);
      if (expected.sides.empty()) continue;
      EXPECT_NEAR(found.sides[0].span()[n], expected.sides[0].span()[n], 1e-6);
    }
  };
  const auto found = DifferentiateContrasts(*engine_, contrasts, options);
  const auto of_pairs = DifferentiateDivergence(*engine_, pairs, options);
  ASSERT_THAT(found, IsOk());
  ASSERT_THAT(of_pairs, IsOk());
  for (size_t i = 0; i < contrasts.size(); ++i) contrasts[i].weight /= found->norms[i];
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i].weight /= of_pairs->norms[i];
  same(*found, *DifferentiateContrasts(*engine_, contrasts, {.batch_nodes = 4}));
  same(*of_pairs, *DifferentiateDivergence(*engine_, pairs, {.batch_nodes = 4}));
}

TEST_P(GateGradientsTest, NothingToDifferentiateIsRefused) {
  EXPECT_THAT(DifferentiateContrasts(*engine_, {}),
              FailsWith(ErrorCode::kInvalidArgument, "nothing to differentiate"));
  EXPECT_THAT(DifferentiateDivergence(*engine_, {}),
              FailsWith(ErrorCode::kInvalidArgument, "nothing to differentiate"));
}

// Plain, with norms behind the steps and soft-caps, with query-key norms, with fused projections.
INSTANTIATE_TEST_SUITE_P(Architectures, GateGradientsTest,
                         ::testing::Values("llama", "gemma2", "gemma3", "qwen3", "phi3"));

}  // namespace
}  // namespace fairprune
