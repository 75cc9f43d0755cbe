// How many of a plan's neurons may go before a text's perplexity rises by more than is allowed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "scoring/perplexity.h"
#include "selection/plan.h"

namespace fairprune {

struct PerplexityBudget {
  double max_increase = 0.01;  // of the perplexity, relative: 0.01 = 1 %
  // Windows of the text, evenly spread, on which candidates are tried; the choice itself is always
  // measured on the whole text.
  int64_t screening_windows = 5;
  std::function<void(const std::string&)> log;  // a line per measurement; may be empty
  JobProgress progress;  // in windows, within every measurement; may be empty
};

struct BudgetStep {
  int64_t num_neurons = 0;
  double increase = 0;      // relative, of the perplexity
  bool whole_text = false;  // or the screening windows only
};

struct BudgetResult {
  int64_t num_taken = 0;          // the first `num_taken` neurons of the list
  Perplexity before, after;       // on the whole text
  std::vector<BudgetStep> steps;  // what was measured, in order
};

// Finds by bisection a number of neurons, taken in order, whose removal (a mask on the input of
// down_proj) raises the perplexity by at most `max_increase` while more would raise it further: all
// of them if that is within the limit. The result is measured, not estimated: with num_taken
// neurons off, the whole text's perplexity is `after`. A streaming engine finds the same with fewer
// readings of the weights: a RunAll for each measurement of the whole text, and one for three steps
// of the bisection. Errors: kInvalidArgument (max_increase not a number of at least 0), those of
// MeasurePerplexity.
Result<BudgetResult> TakeWithinPerplexity(const Engine& engine, const PerplexityText& text,
                                          std::span<const PlannedNeuron> neurons,
                                          const PerplexityBudget& budget);

}  // namespace fairprune
