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
  std::vector<ExactEffect> effects;  // of each ablation
  double base_mean = 0;              // nats, of the contrasts under the mask alone
};

// Errors: kInvalidArgument (no contrasts, weights that sum to 0), those of
// MeasureContrastsUnderAblations.
Result<ExactEffects> MeasureExactEffects(const Engine& engine, std::span<const Contrast> contrasts,
                                         std::span<const Ablation> ablations,
                                         const ContrastAblationOptions& options = {});

// A weighted mean of `values`, one per contrast, and its standard error over clusters.
ExactEffect ClusteredMean(std::span<const Contrast> contrasts, std::span<const double> values);

}  // namespace fairprune
