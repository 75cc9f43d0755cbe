// Gradient attribution: what a neuron's presence does to a contrast, for every neuron at once.
//
// With a [T] a neuron's activation (the input of down_proj) over a contrast's tokens and B the
// contrast's value, sum over t of a[t] * dB/da[t] is the derivative of B with respect to a factor
// at the neuron (its gate, 1 = present). Removing the neuron changes B by minus that, to first
// order; a neuron that is off already would change B by plus that if it came back.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "scoring/contrast.h"
#include "tensor/tensor.h"

namespace fairprune {

struct GateGradients {
  Tensor mean;  // [L, F] nats, mean over contrasts by their weights
  // [L, F] of `mean`, over clusters: sqrt(C / (C - 1) * sum of squares of what a cluster's weighted
  // deviations from the mean sum to) / sum of weights. 0 with fewer than two clusters.
  Tensor standard_error;
  // [L, F] sum over contrasts and tokens of weight * (a[t] * dB/da[t])^2 / sum of weights: where B
  // is a text's loss, the diagonal of the empirical Fisher matrix. Empty unless asked for.
  Tensor squares;
  // [L, F] nats for each number of Contrast::side up to the largest, the weighted mean over its
  // contrasts with the signs of their sides: of the preference for the first side as such. NaN
  // where no contrast has the number.
  std::vector<Tensor> sides;
  std::vector<double> values;  // of each contrast, nats, as MeasureContrasts gives them
  // Of each contrast, nats: the Euclidean norm over all neurons of its own derivatives. Nearly all
  // of it is what no other contrast shares, so that its square is how little the contrast tells.
  std::vector<double> norms;
};

struct GradientAttributionOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none
  bool squares = false;
  // Tokens in memory at once: Engine::gradient_bytes_per_node() for each. 0: as many as the engine
  // takes well.
  int64_t batch_nodes = 0;
  // Gets every contrast's norm and gives the factors by which the weights are multiplied in mean,
  // standard error and sides. Until then each contrast's derivatives are kept: 4 L F bytes. Empty:
  // nothing is kept. Not with `squares`.
  std::function<std::vector<double>(std::span<const double> norms)> weigh;
  JobProgress progress;  // in contrasts
};

// One pass forward and one back over every contrast. Contrasts share no tokens with each other;
// the sequences of one share their beginning. Sums run in the order of clusters, within one in the
// order of `contrasts`. The engine must have been loaded with EngineOptions::gradient. Errors:
// kInvalidArgument (no contrasts, weights that sum to 0), those of Engine::RunGradient.
// Source of the estimate: Molchanov et al. 2017, "Pruning Convolutional Neural Networks for
// Resource Efficient Inference", eq. 7, with its sign kept and the contrast in the loss's place.
Result<GateGradients> DifferentiateContrasts(const Engine& engine,
                                             std::span<const Contrast> contrasts,
                                             const GradientAttributionOptions& options = {});

// Several figures of the same sequences (a preference and the loss of its right side) in one pass
// forward and one back for each: contrasts[k][i] has the sequences of contrasts[0][i], in that
// order and scored from the same place on, with coefficients of its own (0: it does not count).
// Result: of each k as DifferentiateContrasts. Errors: those, and kInvalidArgument (other
// sequences). `options.weigh` must be empty.
Result<std::vector<GateGradients>> DifferentiateTogether(
    const Engine& engine, std::span<const std::span<const Contrast>> contrasts,
    const GradientAttributionOptions& options = {});

}  // namespace fairprune
