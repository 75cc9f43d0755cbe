// Exact effects: what switching neurons off really does to a set of contrasts, one ablation after
// the other, without gradients.
//
// With contrasts of a bias this is the published "bias contribution", the change of the fairness
// metric when the neuron is ablated; with a text's loss (TextLoss) its "structural importance".
// Effects of single neurons do not add up: a search asks for groups, and for what they do on top of
// the neurons that are off already (`mask`).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "scoring/contrast.h"

namespace fairprune {

struct ExactEffect {
  // Nats: weighted mean over contrasts of the value with the neurons off less the value without.
  double mean = 0;
  double standard_error = 0;  // of `mean`, over clusters, as GateGradients::standard_error
};

struct ExactEffects {
  std::vector<ExactEffect> effects;          // of each ablation
  std::vector<std::vector<double>> changes;  // [a][i] of contrast i under ablation a, nats
  double base_mean = 0;                      // nats, of the contrasts under the mask alone
};

// Errors: kInvalidArgument (no contrasts, weights that sum to 0), those of
// MeasureContrastsUnderAblations.
Result<ExactEffects> MeasureExactEffects(const Engine& engine, std::span<const Contrast> contrasts,
                                         std::span<const Ablation> ablations,
                                         const ContrastAblationOptions& options = {});

// Minus the gate gradients of some neurons, contrast by contrast, nats: first[n][i] is what the
// removal of neurons[n] does to contrast i, to first order. One backward pass per contrast. Errors:
// those of DifferentiateContrasts, kInvalidArgument (a contrast of weight 0).
Result<std::vector<std::vector<double>>> FirstOrderByContrast(const Engine& engine,
                                                              std::span<const Contrast> contrasts,
                                                              std::span<const Neuron> neurons,
                                                              const JobProgress& progress = {});

// The effect on a whole set of contrasts, of which `sample` was measured: the mean of the exact
// changes over the sample, carried over by what first order (minus GateGradients::mean) says that
// the whole set does differently: + b * (first_order_of_all - mean of first_order), with b the
// least-squares slope of exact on first-order changes over the sample. `standard_error` is what
// sampling leaves open: that of the residuals, over clusters; small where first order explains what
// differs between contrasts.
// Source: the linear regression estimator, Cochran 1977, "Sampling Techniques", section 7.1.
ExactEffect EstimateOnAll(double first_order_of_all, std::span<const Contrast> sample,
                          std::span<const double> exact, std::span<const double> first_order);

// A weighted mean of `values`, one per contrast, and its standard error over clusters.
ExactEffect ClusteredMean(std::span<const Contrast> contrasts, std::span<const double> values);

}  // namespace fairprune
