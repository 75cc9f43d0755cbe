// Gradient attribution of prompt pairs, which have no direction: what a neuron's presence does to
// how differently the model goes on after the two prompts.
#pragma once

#include <vector>

#include "attribution/gate_gradients.h"
#include "scoring/pair_forests.h"

namespace fairprune {

// A pair as what is differentiated. The value is the mean, over the pair's shared later positions,
// of the Jensen-Shannon divergence (nats) of the two next-token distributions. Shared later
// positions are the ends of both prompts, and going back from there, positions behind which both
// prompts go on with the same ids, as far as the prompts' common beginning.
struct WeightedPair {
  EncodedPair pair;
  double weight = 1;
  int64_t cluster = 0;
};

// As DifferentiateContrasts, with the pairs' divergences as values. Errors: kInvalidArgument (no
// pairs, weights that sum to 0), those of Engine::RunGradient.
// The gradient of JS(p, q) with respect to the logits of p is p_i * (g_i - sum_j p_j g_j) with
// g_i = log(p_i / m_i) / 2 and m = (p + q) / 2 (by differentiating its definition, Lin 1991).
Result<GateGradients> DifferentiateDivergence(const Engine& engine,
                                              const std::vector<WeightedPair>& pairs,
                                              const GradientAttributionOptions& options = {});

}  // namespace fairprune
