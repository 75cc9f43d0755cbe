// The search of method `exact`, without gradients: which neurons to take by what switching each of
// them off really does. Bias contribution is the change of a bias set's mean, structural importance
// the change of the neutral text's loss, as the published description has them. Single effects do
// not add up, so that a part of the neurons is taken at a time, and the others measured again on
// top of those.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "selection/attribution_search.h"

namespace fairprune {

struct ExactSearchOptions {
  int64_t count = 128;  // neurons to take at most
  int64_t rounds = 3;   // of measuring and taking, an equal share of the count in each
  int64_t items = 32;   // of each bias set, drawn by the seed; 0: all
  // Tokens of neutral text, in whole windows, one window at least; 0: all.
  int64_t text_tokens = 512;
  double max_perplexity_increase = 0.005;  // relative, of those tokens
  double standard_errors = 1;              // below its mean that a gain counts, above that a cost
  uint64_t seed = 1;
  std::function<void(const std::string&)> log;  // a line per round; may be empty
  JobProgress progress;  // in ablations of a set, within a round; may be empty
};

// Takes neurons out of `candidates` (ChooseCandidates), by falling gain: the sum over bias sets of
// weight * (bias left) / (bias at first) * drop, under a price for the text's loss
// (ChooseWithinLimits). Guarded sets are not measured. The result has no neutral_cost; a neuron's
// score is its gain when it was taken. Deterministic for a seed. Errors: kInvalidArgument (options
// out of range, no candidates), kMismatch (no bias set with a mean above 0), those of
// MeasureExactEffects.
Result<SearchResult> SearchByExactEffects(const Engine& engine, const SearchInputs& inputs,
                                          const std::vector<Neuron>& candidates,
                                          const ExactSearchOptions& options);

}  // namespace fairprune
