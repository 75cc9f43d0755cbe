// The search of method `attribution`: which neurons to take so that a bias falls most, within
// limits of what may be lost. Rounds of: measure with the neurons off that are off, estimate every
// neuron's effect by gradients, let ChooseWithinLimits change sides of some.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attribution/divergence_gradients.h"
#include "attribution/gate_gradients.h"
#include "base/result.h"
#include "forward/engine.h"
#include "scoring/contrast.h"
#include "selection/plan.h"

namespace fairprune {

// Items of one kind, either contrasts or pairs. Their weighted mean is what is reduced or guarded.
struct SearchSet {
  std::string name;
  bool is_loss = false;  // guarded: the mean, above 0, must not rise (otherwise it must not fall)
  std::vector<Contrast> contrasts;
  std::vector<WeightedPair> pairs;
  // Of a bias: names of the numbers in Contrast::side. The preference for the first side as such
  // may not move, either way; one of which a sample (SearchOptions::max_items) has fewer than
  // kFewestOfSides items is not held.
  std::vector<std::string> sides;
  // Of a guarded preference: names of the numbers in Contrast::side. A mean can stand still while
  // its parts move apart: each of these with kFewestInCategory of the n items and a mean above 0 is
  // held too, to sqrt(n / items of it) times the set's limit.
  std::vector<std::string> categories;
  // Guarded: a limit of its own, in SearchOptions::max_guarded_loss's place.
  std::optional<double> max_loss;
  double weight = 1;  // of a bias among biases
  int64_t size() const {
    return static_cast<int64_t>(contrasts.empty() ? pairs.size() : contrasts.size());
  }
};

// Fewer items than this say too little of a category to hold a search to.
inline constexpr int64_t kFewestInCategory = 10;

struct SearchInputs {
  std::vector<SearchSet> bias;     // to reduce
  std::vector<SearchSet> guarded;  // what must stay: preferences, losses of words
  std::vector<Contrast> text;      // neutral text: windows with coefficient -1/tokens (a loss)
};

struct SearchOptions {
  int64_t count = 128;  // neurons to take at most
  int64_t rounds = 8;   // of which the first `growing_rounds` add neurons, the others exchange
  int64_t growing_rounds = 5;
  double max_perplexity_increase = 0.005;  // relative, of the neutral text
  // Relative, of each guarded set's mean: what a preference may lose, a loss gain. Of sets without
  // a limit of their own.
  double max_guarded_loss = 0.01;
  // Gains count at their lower bound: this many standard errors below their mean; costs twice as
  // many above theirs.
  double standard_errors = 0.5;
  int64_t max_items = 0;          // of each set, drawn by the seed; 0: all
  int64_t items_per_round = 600;  // of those, other ones in every round, half as many of guarded
                                  // sets; 0: all
  double memory = 0.5;            // share of the former rounds in a round's estimates
  int64_t batch_nodes = 0;        // tokens in memory at once (GradientAttributionOptions)
  uint64_t seed = 1;
  std::vector<uint8_t> eligible;                // [L * F] 0: never taken; empty: all are eligible
  std::function<void(const std::string&)> log;  // a line per round; may be empty
  JobProgress progress;                         // in items, within a round; may be empty
};

// What a round measured before it chose.
struct SearchRound {
  int64_t num_off = 0, num_changes = 0;
  std::vector<double> bias_left;  // per bias set: mean / mean with no neuron off
  // Per guarded set: 1 - mean / mean with no neuron off, of losses the negative of it.
  std::vector<double> guarded_lost;
  // Of every name in the bias sets' `sides` that is held, in order: the mean preference for the
  // first side.
  std::vector<double> side_nats;
  // Of every category that is held, as guarded_lost.
  std::vector<double> categories_lost;
  double loss_increase_nats = 0;  // of the neutral text, per token
};

struct SearchResult {
  std::vector<std::string> categories;  // "knowledge, names": of SearchRound::categories_lost
  std::vector<PlannedNeuron> neurons;   // by falling score: the estimated gain at the end
  std::vector<SearchRound> rounds;      // the last one measured what was taken, and changed nothing
  // [L * F] of switching a neuron off, estimated with none off: nats per token of neutral text.
  std::vector<double> neutral_cost;
};

// The objective is the sum over bias sets of weight / 2 * (bias left)^2: a set that is nearly gone
// pulls less, and none is pushed past zero. Sets whose mean is not above 0 to begin with play no
// part. The engine must have been loaded with EngineOptions::gradient. Deterministic for a seed.
// Errors: kInvalidArgument (no bias set with a mean above 0, options out of range), those of the
// gradients.
Result<SearchResult> SearchByAttribution(const Engine& engine, const SearchInputs& inputs,
                                         const SearchOptions& options);

// Errors: kInvalidArgument (no bias set, no text, a negative count, no round).
Status CheckSearch(const SearchInputs& inputs, const SearchOptions& options);

struct SearchStages {
  std::vector<std::vector<PlannedNeuron>> choices;  // of each count
  std::vector<double> neutral_cost;                 // as SearchResult's
};

// What is chosen on the way to more and more neurons: a choice of at most each of `counts`
// (rising), every one grown from the one before, within the limits of `options`; its count, rounds
// and exchange play no part. Errors: those of SearchByAttribution.
Result<SearchStages> SearchFrontier(const Engine& engine, const SearchInputs& inputs,
                                    const SearchOptions& options,
                                    const std::vector<int64_t>& counts);

// -log p of the likelier side of each contrast (the sequences of positive coefficient), nats: what
// a preference cannot see is that both sides lose to words which no contrast names. The other
// side's sequences stay, with coefficient 0.
std::vector<Contrast> LossOfPreferred(const std::vector<Contrast>& contrasts);

// The text in windows as contrasts whose mean is the loss in nats per token.
Result<std::vector<Contrast>> TextLoss(const std::vector<TokenRequest>& windows);

}  // namespace fairprune
