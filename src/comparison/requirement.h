// Conditions on a comparison that a user's continuous integration can set:
//
//   bbq.amb_bias_score<-0.01          the score fell by more than 0.01
//   *.acc>=-0.01                      no task's accuracy fell by more than 0.01
//   wikitext.word_perplexity.relative<1%
//   stereoset_intrasentence.ss.after<=55
//
// docs/cli-eval.md, "compare", says what each field is and what a significance level asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "comparison/compare.h"

namespace fairprune {

enum class RequirementField {
  kDifference,  // after - before
  kRelative,    // the same over |before|
  kMagnitude,   // |after| - |before|
  kBefore,
  kAfter,
  kLow,   // of the interval of the difference
  kHigh,  //
  kP,
  kPHolm,
  kEffectSize,
  kGained,
  kLost,
};

struct Requirement {
  std::string text;     // as written
  std::string pattern;  // of "TASK.METRIC"
  RequirementField field = RequirementField::kDifference;
  std::string comparison;  // <, <=, > or >=
  double bound = 0;

  bool Holds(double value) const;
  // Whether a metric that did not change at all would not do: the condition asks for a change.
  bool AsksForChange() const { return !Holds(0); }
};

// Errors: kInvalidArgument, saying what was expected.
Result<Requirement> ParseRequirement(const std::string& text);

struct CheckedRequirement {
  std::string text, metric;  // the metric's full name
  double value = 0;          // of the field
  bool value_holds = false;
  std::optional<double> p_holm;  // of a condition that asks for a change, with alpha
  std::optional<double> limit;   // of one that tolerates a change, with alpha
  bool met = false;
};

// Each requirement on each metric that it names, in their order. Without `alpha` a requirement is
// met if its value holds. With it, one on the difference, the relative difference or the magnitude
// must be sure as well: if it asks for a change, the sign-flip p, by Holm over all requirements
// that ask for one, is at most alpha; if it tolerates a change, the one-sided BCa limit of level
// 1 - alpha holds too. `compared` are CompareMetrics's of the same evaluations. Errors:
// kInvalidArgument (no such metric, an undefined one, alpha out of range), those of ComparePaired.
Result<std::vector<CheckedRequirement>> CheckRequirements(
    const PairedEvaluations& evaluations, const std::vector<Requirement>& requirements,
    std::optional<double> alpha, const PairedOptions& options);

}  // namespace fairprune
