#include "attribution/candidate_neurons.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/mean.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// A neuron's place in its layer, and how far it stands above the layer's mean.
struct Ranked {
  Neuron neuron;
  int64_t rank = 0;
  double relative = 0;
};

std::vector<Ranked> RankWithinLayers(const Tensor& score) {
  std::vector<Ranked> ranked;
  const ConstMatrixView scores = score.matrix();
  for (int64_t layer = 0; layer < scores.rows; ++layer) {
    const auto row = scores.row_span(layer);
    const double mean = MeanOf(row);
    std::vector<int32_t> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return row[static_cast<size_t>(a)] > row[static_cast<size_t>(b)];
    });
    for (size_t rank = 0; rank < order.size(); ++rank) {
      const double relative = mean > 0 ? row[static_cast<size_t>(order[rank])] / mean : 0;
      ranked.push_back(
          {{static_cast<int32_t>(layer), order[rank]}, static_cast<int64_t>(rank), relative});
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.relative > b.relative;
  });
  return ranked;
}

}  // namespace

Result<Tensor> DownColumnNorms(const Model& model) {
  const int64_t neurons = model.config.intermediate_size;
  Tensor norms({model.config.num_layers, neurons});
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer) {
    const WeightRef* ref = model.Find(Role::kDown, layer);
    FP_CHECK(ref != nullptr, "a model without a down_proj");
    FP_ASSIGN_OR_RETURN(const Tensor down, LoadWeight(model, *ref));
    std::vector<double> squares(static_cast<size_t>(neurons));
    for (int64_t d = 0; d < down.shape().front(); ++d) {
      const auto row = down.matrix().row_span(d);
      for (size_t f = 0; f < row.size(); ++f) squares[f] += static_cast<double>(row[f]) * row[f];
    }
    const auto out = norms.matrix().row_span(layer);
    for (size_t f = 0; f < out.size(); ++f) out[f] = static_cast<float>(std::sqrt(squares[f]));
  }
  return norms;
}

Result<CandidateNeurons> ChooseCandidates(const Tensor& score, const CandidateOptions& options) {
  if (options.top < 0 || options.random < 0 || options.top + options.random == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} candidates by the filter and {} at random: expected one or more in all",
                options.top, options.random);
  }
  std::vector<Ranked> ranked = RankWithinLayers(score);
  const int64_t top = std::min(options.top, std::ssize(ranked));
  CandidateNeurons chosen;
  for (int64_t i = 0; i < top; ++i) {
    chosen.filtered.push_back(ranked[static_cast<size_t>(i)].neuron);
  }
  // The first `random` places of a shuffle of the rest.
  std::vector<Neuron> rest;
  for (const Ranked& other : std::span(ranked).subspan(static_cast<size_t>(top))) {
    rest.push_back(other.neuron);
  }
  std::ranges::sort(rest);
  RandomSource random(options.seed);
  const int64_t draws = std::min(options.random, std::ssize(rest));
  for (int64_t i = 0; i < draws; ++i) {
    std::swap(rest[static_cast<size_t>(i)],
              rest[static_cast<size_t>(i + random.Below(std::ssize(rest) - i))]);
  }
  chosen.sampled.assign(rest.begin(), rest.begin() + draws);
  std::ranges::sort(chosen.filtered);
  std::ranges::sort(chosen.sampled);
  return chosen;
}

}  // namespace fairprune
