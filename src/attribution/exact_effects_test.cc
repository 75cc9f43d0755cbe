#include "attribution/exact_effects.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "attribution/candidate_neurons.h"
#include "attribution/gate_gradients.h"
#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"

namespace fairprune {
namespace {

const std::string kLlama = std::string(FAIRPRUNE_TESTDATA) + "/models/llama";

// Contrasts of random ids: two continuations of one beginning.
std::vector<Contrast> RandomContrasts(int64_t vocab, int count) {
  std::mt19937 generator(5);
  const auto token = [&] {
    return static_cast<int32_t>(generator() % static_cast<uint32_t>(vocab));
  };
  std::vector<Contrast> contrasts;
  for (int i = 0; i < count; ++i) {
    Contrast& contrast = contrasts.emplace_back();
    std::vector<int32_t> start = {token(), token(), token(), token()};
    for (const double coefficient : {1.0, -1.0}) {
      WeightedSequence& sequence = contrast.sequences.emplace_back();
      sequence.ids = start;
      for (int t = 0; t < 5; ++t) sequence.ids.push_back(token());
      sequence.first_scored = 4;
      sequence.coefficient = coefficient;
    }
    contrast.weight = 1 + i % 3;
    contrast.cluster = i / 2;
  }
  return contrasts;
}

TEST(ExactEffectsTest, AreTheChangesOfMaskedRuns) {
  const auto checkpoint = Checkpoint::Open(kLlama);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model);
  ASSERT_THAT(engine, IsOk());
  const std::vector<Contrast> contrasts = RandomContrasts(engine->config().vocab_size, 7);
  const std::vector<Ablation> ablations = {{{0, 3}}, {{1, 4}, {0, 8}}};
  const auto found = MeasureExactEffects(*engine, contrasts, ablations);
  ASSERT_THAT(found, IsOk());
  const auto base = MeasureContrasts(*engine, contrasts);
  ASSERT_THAT(base, IsOk());
  EXPECT_NEAR(found->base_mean, WeightedMean(contrasts, *base), 1e-5);
  for (size_t a = 0; a < ablations.size(); ++a) {
    NeuronMask mask(engine->config().num_layers, engine->config().intermediate_size);
    for (const Neuron& neuron : ablations[a]) mask.Remove(neuron.layer, neuron.index);
    auto changes = MeasureContrasts(*engine, contrasts, {.mask = &mask});
    ASSERT_THAT(changes, IsOk());
    for (size_t i = 0; i < contrasts.size(); ++i) (*changes)[i] -= (*base)[i];
    const ExactEffect expected = ClusteredMean(contrasts, *changes);
    EXPECT_NEAR(found->effects[a].mean, expected.mean, 1e-5);
    EXPECT_NEAR(found->effects[a].standard_error, expected.standard_error, 1e-5);
    EXPECT_GT(std::fabs(expected.mean), 1e-4);
  }
}

// A neuron that does little is what its gate's gradient says it is, and its standard error is that
// of the gradients: one formula.
TEST(ExactEffectsTest, OfASmallNeuronEqualsFirstOrder) {
  const auto checkpoint = Checkpoint::Open(kLlama);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const std::vector<Contrast> contrasts = RandomContrasts(engine->config().vocab_size, 40);
  const auto gradients = DifferentiateContrasts(*engine, contrasts);
  ASSERT_THAT(gradients, IsOk());
  std::vector<Ablation> ablations;
  for (int32_t n = 0; n < 64; ++n) ablations.push_back({{1, n}});
  const auto exact = MeasureExactEffects(*engine, contrasts, ablations);
  ASSERT_THAT(exact, IsOk());
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (int32_t n = 0; n < 64; ++n) {
    const double first = -gradients->mean.matrix().row(1)[n];
    const ExactEffect& effect = exact->effects[static_cast<size_t>(n)];
    xx += first * first;
    yy += effect.mean * effect.mean;
    xy += first * effect.mean;
  }
  EXPECT_GT(xy / std::sqrt(xx * yy), 0.9);
}

TEST(ExactEffectsTest, ClusteredMeanByHand) {
  std::vector<Contrast> contrasts(4);
  contrasts[0].weight = 2;
  contrasts[1].cluster = contrasts[2].cluster = 1;
  contrasts[3].cluster = 2;
  const std::vector<double> values = {1, 2, 4, 7};
  // Mean 15 / 5 = 3; weighted deviations by cluster: -4, 0, 4.
  const ExactEffect effect = ClusteredMean(contrasts, values);
  EXPECT_DOUBLE_EQ(effect.mean, 3);
  EXPECT_DOUBLE_EQ(effect.standard_error, std::sqrt(1.5 * 32) / 5);
  for (Contrast& contrast : contrasts) contrast.cluster = 9;
  EXPECT_EQ(ClusteredMean(contrasts, values).standard_error, 0);
}

// With all contrasts in the sample the exact mean stays as it is.
TEST(ExactEffectsTest, ASampleOfAllIsAll) {
  const auto checkpoint = Checkpoint::Open(kLlama);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const std::vector<Contrast> contrasts = RandomContrasts(engine->config().vocab_size, 12);
  const auto gradients = DifferentiateContrasts(*engine, contrasts);
  ASSERT_THAT(gradients, IsOk());
  const std::vector<Neuron> neurons = {{0, 5}, {1, 7}};
  const std::vector<Ablation> ablations = {{neurons[0]}, {neurons[1]}};
  const auto exact = MeasureExactEffects(*engine, contrasts, ablations);
  ASSERT_THAT(exact, IsOk());
  const auto first = FirstOrderByContrast(*engine, contrasts, neurons);
  ASSERT_THAT(first, IsOk());
  for (size_t n = 0; n < neurons.size(); ++n) {
    const double all = -gradients->mean.matrix().row(neurons[n].layer)[neurons[n].index];
    EXPECT_NEAR(WeightedMean(contrasts, (*first)[n]), all, 1e-5);
    const ExactEffect whole = EstimateOnAll(all, contrasts, exact->changes[n], (*first)[n]);
    EXPECT_NEAR(whole.mean, exact->effects[n].mean, 1e-5);
    EXPECT_LT(whole.standard_error, exact->effects[n].standard_error);
  }
}

TEST(ExactEffectsTest, FirstOrderCarriesASampleOverToAll) {
  std::vector<Contrast> sample(4);
  for (size_t i = 0; i < 4; ++i) sample[i].cluster = static_cast<int64_t>(i);
  const std::vector<double> first = {1, 2, 3, 4};
  // Exact is 2 * first - 1 throughout: nothing is left open, and an all of 10 becomes 19.
  const ExactEffect exact = EstimateOnAll(10, sample, std::vector<double>{1, 3, 5, 7}, first);
  EXPECT_DOUBLE_EQ(exact.mean, 19);
  EXPECT_DOUBLE_EQ(exact.standard_error, 0);
  // First order says nothing: the plain mean.
  const std::vector<double> unrelated = {1, -1, -1, 1};
  const ExactEffect plain = EstimateOnAll(10, sample, unrelated, first);
  EXPECT_DOUBLE_EQ(plain.mean, 0);
  EXPECT_DOUBLE_EQ(plain.standard_error, ClusteredMean(sample, unrelated).standard_error);
  const ExactEffect constant = EstimateOnAll(10, sample, first, std::vector<double>(4, 2.0));
  EXPECT_DOUBLE_EQ(constant.mean, 2.5);
}

TEST(ExactEffectsTest, NeedsContrasts) {
  const auto checkpoint = Checkpoint::Open(kLlama);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model);
  ASSERT_THAT(engine, IsOk());
  const std::vector<Ablation> one = {{{0, 0}}};
  EXPECT_THAT(MeasureExactEffects(*engine, {}, one),
              FailsWith(ErrorCode::kInvalidArgument, "0 contrasts"));
}

Tensor Scores(const std::vector<std::vector<float>>& rows) {
  Tensor scores({std::ssize(rows), std::ssize(rows.front())});
  for (size_t l = 0; l < rows.size(); ++l) {
    std::copy(rows[l].begin(), rows[l].end(), scores.matrix().row(static_cast<int64_t>(l)));
  }
  return scores;
}

TEST(CandidateNeuronsTest, LayersShareTheFilterWhateverTheirScale) {
  const Tensor scores = Scores({{1, 5, 3, 2}, {700, 100, 800, 100}});
  const auto even = ChooseCandidates(scores, {.top = 2, .random = 0});
  ASSERT_THAT(even, IsOk());
  EXPECT_EQ(even->filtered, (std::vector<Neuron>{{0, 1}, {1, 2}}));
  // The third: 3 is 1.09 times its layer's mean, 700 is 1.65 times.
  const auto odd = ChooseCandidates(scores, {.top = 3, .random = 0});
  ASSERT_THAT(odd, IsOk());
  EXPECT_EQ(odd->filtered, (std::vector<Neuron>{{0, 1}, {1, 0}, {1, 2}}));
}

TEST(CandidateNeuronsTest, TheSampleIsOfTheRestAndOfTheSeed) {
  std::vector<std::vector<float>> rows(3, std::vector<float>(50));
  for (size_t i = 0; i < 150; ++i) rows[i / 50][i % 50] = static_cast<float>((i * 7) % 50);
  const Tensor scores = Scores(rows);
  const auto one = ChooseCandidates(scores, {.top = 30, .random = 20, .seed = 1});
  const auto same = ChooseCandidates(scores, {.top = 30, .random = 20, .seed = 1});
  const auto other = ChooseCandidates(scores, {.top = 30, .random = 20, .seed = 2});
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(same, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(one->sampled, same->sampled);
  EXPECT_NE(one->sampled, other->sampled);
  std::set<Neuron> distinct(one->filtered.begin(), one->filtered.end());
  distinct.insert(one->sampled.begin(), one->sampled.end());
  EXPECT_EQ(distinct.size(), 50u);
  // All that there are, and no more.
  const auto all = ChooseCandidates(scores, {.top = 140, .random = 999});
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->filtered.size(), 140u);
  EXPECT_EQ(all->sampled.size(), 10u);
}

TEST(CandidateNeuronsTest, RefusesWhatMakesNoSense) {
  const Tensor scores = Scores({{1, 2}});
  EXPECT_THAT(ChooseCandidates(scores, {.top = 0, .random = 0}),
              FailsWith(ErrorCode::kInvalidArgument, "expected one or more"));
  EXPECT_THAT(ChooseCandidates(scores, {.top = -1, .random = 5}),
              FailsWith(ErrorCode::kInvalidArgument, "-1 candidates"));
}

TEST(CandidateNeuronsTest, ColumnNorms) {
  const auto checkpoint = Checkpoint::Open(kLlama);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto norms = DownColumnNorms(*model);
  ASSERT_THAT(norms, IsOk());
  const auto down = LoadWeight(*model, *model->Find(Role::kDown, 1));
  ASSERT_THAT(down, IsOk());
  double squares = 0;
  for (int64_t d = 0; d < down->shape().front(); ++d) {
    squares += std::pow(down->matrix().row(d)[6], 2);
  }
  EXPECT_NEAR(norms->matrix().row(1)[6], std::sqrt(squares), 1e-6);
}

}  // namespace
}  // namespace fairprune
