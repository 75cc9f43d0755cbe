// The proof: what a choice of neurons does to items that took no part in it, with intervals, tests
// for all sets at once, and random choices to be compared with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "scoring/contrast.h"
#include "selection/plan.h"
#include "statistics/paired.h"

namespace fairprune {

enum class SetKind {
  kBias,     // should fall
  kGuarded,  // a preference that should stay
  kWords,    // the loss of the right words of guarded contrasts, which should stay
  kSides,    // the preference for one of two sides as such ("he|she"), which should not grow
  kText,     // the loss of neutral text, which should stay
};

std::string_view NameOf(SetKind kind);  // "bias", "guarded", "words", "sides", "text"

struct HeldOutSet {
  std::string name;
  SetKind kind = SetKind::kBias;
  std::vector<Contrast> contrasts;      // values whose weighted mean is the set's figure
  std::vector<std::string> categories;  // [items] or empty
  // For VerifyEffect: the values [items] without and with the choice off, where something else has
  // measured them; otherwise empty.
  std::vector<double> before, after;
};

struct VerifyOptions {
  std::span<const NeuronMask> controls;  // of RandomControls; may be empty
  // Items of each set that the controls (and the choice, for that comparison) are measured on: the
  // same sample for all of them; of a text a 25th as many windows; guarded sets and words are left
  // out. 0: all.
  int64_t control_items = 60;
  double alpha = 0.05;
  PairedOptions paired;
  JobProgress progress;  // of the controls, in requests
};

// One set. Shares are of `before`: (after - before) / before; of kGuarded, whose sign must show
// whether the preference grew, of its size; of kSides, which may well be 0 before, of the mean
// absolute value of an item before.
struct Effect {
  std::string name;
  SetKind kind = SetKind::kBias;
  PairedResult paired;  // before, after, BCa interval, permutation p, clusters
  double holm_p = 1;    // over all sets of the verification; of a category, over its set's
  std::vector<double> values_before;  // [items]
  std::vector<double> values_after;   // [items]
  int64_t control_items = 0;
  double chosen_change_on_sample = 0;   // share, on the controls' sample
  std::vector<double> control_changes;  // [R] shares
  // How many controls let the figure fall at least as far as the choice does.
  int64_t controls_as_low = 0;
  // The set's items by category, by name; empty where there are fewer than two. A mean can stand
  // still while its categories move apart.
  std::vector<Effect> categories;
  double whole() const;  // what shares are of, nats
  double change() const { return paired.difference / whole(); }
  double low() const;   // of the share's interval, the smaller end
  double high() const;  // the larger end
};

struct Verification {
  std::vector<Effect> effects;  // in the order of the sets
  double alpha = 0.05;
};

// `items` of a set's items, of a text a 25th as many windows (one at least), the same ones for
// every set of that size; 0: all.
HeldOutSet SampleOf(const HeldOutSet& set, int64_t items, uint64_t seed);

// Of each set, its values under each of `masks` (nullptr: none), in one go: [sets][masks][items];
// of those with values of their own no items. Errors: kInvalidArgument (a set without items), those
// of ScoreTokens.
Result<std::vector<std::vector<std::vector<double>>>> MeasureHeldOutSets(
    const Engine& engine, const std::vector<HeldOutSet>& sets,
    std::span<const NeuronMask* const> masks, const JobProgress& progress = {});

// A set's values [items] of its contrasts, before and after: the effect, without an adjusted p and
// without controls. Errors: those of ComparePaired.
Result<Effect> CompareValues(const HeldOutSet& set, std::vector<double> before,
                             std::vector<double> after, const PairedOptions& options);

// Measures every set without and with the neurons of `chosen` off, where that has not been done,
// and under each control. Errors: kInvalidArgument (a set without items), those of ScoreTokens and
// ComparePaired.
Result<Verification> VerifyEffect(const Engine& engine, const std::vector<HeldOutSet>& sets,
                                  const NeuronMask& chosen, const VerifyOptions& options);

// "fell", "rose", or "no measurable effect": what the test says at alpha.
enum class Finding { kFell, kRose, kNone };
Finding FindingOf(const Effect& effect, double alpha);
// The verdict in a few sentences, computed from the findings alone (docs/methods.md, "The proof").
std::string VerdictOf(const Verification& verification);

}  // namespace fairprune
