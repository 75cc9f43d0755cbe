#include "verification/verify_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "statistics/multiple_tests.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// A window of text is as long as about this many items.
constexpr int64_t kItemsPerWindow = 25;

Status MeasureControls(const Engine& engine, const HeldOutSet& set, const NeuronMask& chosen,
                       const VerifyOptions& options, Effect& effect) {
  const std::vector<Contrast> sample =
      SampleOf(set, options.control_items, options.paired.seed).contrasts;
  effect.control_items = std::ssize(sample);
  std::vector<const NeuronMask*> masks = {nullptr, &chosen};
  for (const NeuronMask& control : options.controls) masks.push_back(&control);
  FP_ASSIGN_OR_RETURN(const auto values,
                      MeasureContrastsUnderMasks(engine, sample, masks, options.progress));
  const double before = WeightedMean(sample, values[0]);
  const auto change = [&](size_t m) { return WeightedMean(sample, values[m]) / before - 1; };
  effect.chosen_change_on_sample = change(1);
  for (size_t m = 2; m < masks.size(); ++m) {
    effect.control_changes.push_back(change(m));
    if (effect.control_changes.back() <= effect.chosen_change_on_sample) ++effect.controls_as_low;
  }
  return {};
}

// What the values of `effect` say of each category of its items.
Status SplitByCategory(const HeldOutSet& set, const PairedOptions& options, Effect& effect) {
  struct Part {
    HeldOutSet set;
    std::vector<double> before, after;  // [items of the category]
    double weight = 0;
  };
  std::map<std::string, Part> parts;
  for (size_t i = 0; i < set.categories.size(); ++i) {
    Part& part = parts[set.categories[i]];
    part.set.contrasts.push_back(set.contrasts[i]);
    part.weight += set.contrasts[i].weight;
    part.before.push_back(effect.values_before[i]);
    part.after.push_back(effect.values_after[i]);
  }
  std::erase_if(parts, [](const auto& named) { return named.second.weight <= 0; });
  if (parts.size() < 2) return {};
  std::vector<double> p_values;
  for (auto& [name, part] : parts) {
    part.set.name = name;
    part.set.kind = set.kind;
    FP_ASSIGN_OR_RETURN(Effect found, CompareValues(part.set, std::move(part.before),
                                                    std::move(part.after), options));
    p_values.push_back(found.paired.p_value);
    effect.categories.push_back(std::move(found));
  }
  const std::vector<double> adjusted = HolmAdjust(p_values);
  for (size_t i = 0; i < adjusted.size(); ++i) effect.categories[i].holm_p = adjusted[i];
  return {};
}

std::string Listed(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return text;
}

// Shares of a figure near 0 say little.
std::string Described(const Effect& effect, std::string_view set = "") {
  if (std::abs(effect.change()) > 1) {
    return fmt::format("{}{} {:.2f} to {:.2f} nats", set, effect.name, effect.paired.before,
                       effect.paired.after);
  }
  return fmt::format("{}{} {:+.1f} % (95 % interval {:+.1f} to {:+.1f} %)", set, effect.name,
                     100 * effect.change(), 100 * effect.low(), 100 * effect.high());
}

std::string Stated(std::string_view words, const std::vector<std::string>& parts) {
  return parts.empty() ? "" : fmt::format("{}: {}. ", words, Listed(parts));
}

// "Bias fell on a and b. " for the sets of one kind with a finding.
std::string Sentence(const Verification& verification, SetKind kind, Finding finding,
                     std::string_view words) {
  std::vector<std::string> parts;
  for (const Effect& effect : verification.effects) {
    if (effect.kind == kind && FindingOf(effect, verification.alpha) == finding) {
      parts.push_back(Described(effect));
    }
  }
  return Stated(words, parts);
}

// The same for categories with a finding that their set as a whole does not have.
std::string CategorySentence(const Verification& verification, SetKind kind, Finding finding,
                             std::string_view words) {
  std::vector<std::string> parts;
  for (const Effect& effect : verification.effects) {
    if (effect.kind != kind || FindingOf(effect, verification.alpha) == finding) continue;
    for (const Effect& category : effect.categories) {
      if (FindingOf(category, verification.alpha) == finding) {
        parts.push_back(Described(category, effect.name + ", "));
      }
    }
  }
  return Stated(words, parts);
}

}  // namespace

HeldOutSet SampleOf(const HeldOutSet& set, int64_t items, uint64_t seed) {
  const int64_t wanted = set.kind == SetKind::kText && items > 0
                             ? std::max<int64_t>(1, items / kItemsPerWindow)
                             : items;
  return {.name = set.name, .kind = set.kind, .contrasts = SampleOf(set.contrasts, wanted, seed)};
}

std::string_view NameOf(SetKind kind) {
  switch (kind) {
    case SetKind::kBias:
      return "bias";
    case SetKind::kGuarded:
      return "guarded";
    case SetKind::kWords:
      return "words";
    case SetKind::kSides:
      return "sides";
    case SetKind::kText:
      return "text";
  }
  return "unknown";
}

Result<std::vector<std::vector<std::vector<double>>>> MeasureHeldOutSets(
    const Engine& engine, const std::vector<HeldOutSet>& sets,
    std::span<const NeuronMask* const> masks, const JobProgress& progress) {
  std::vector<std::span<const Contrast>> contrasts;
  for (const HeldOutSet& set : sets) {
    if (set.contrasts.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "{}: no held-out items to measure", set.name);
    }
    contrasts.push_back(set.before.empty() ? std::span(set.contrasts)
                                           : std::span<const Contrast>());
  }
  return MeasureSetsUnderMasks(engine, contrasts, masks, progress);
}

Result<Effect> CompareValues(const HeldOutSet& set, std::vector<double> before,
                             std::vector<double> after, const PairedOptions& options) {
  Effect effect;
  effect.name = set.name;
  effect.kind = set.kind;
  PairedSample sample;
  sample.columns = 2;
  for (size_t i = 0; i < set.contrasts.size(); ++i) {
    const Contrast& contrast = set.contrasts[i];
    for (const double number : {contrast.weight * before[i], contrast.weight}) {
      sample.before.push_back(number);
    }
    for (const double number : {contrast.weight * after[i], contrast.weight}) {
      sample.after.push_back(number);
    }
    sample.cluster.push_back(contrast.cluster);
  }
  FP_ASSIGN_OR_RETURN(effect.paired, ComparePaired(sample, MeanOfSums, options));
  effect.values_before = std::move(before);
  effect.values_after = std::move(after);
  return effect;
}

double Effect::whole() const {
  if (kind == SetKind::kGuarded) return std::abs(paired.before);
  if (kind != SetKind::kSides) return paired.before;
  double sum = 0;
  for (const double value : values_before) sum += std::abs(value);
  return sum / static_cast<double>(values_before.size());
}
double Effect::low() const { return std::min(paired.low / whole(), paired.high / whole()); }
double Effect::high() const { return std::max(paired.low / whole(), paired.high / whole()); }

Result<Verification> VerifyEffect(const Engine& engine, const std::vector<HeldOutSet>& sets,
                                  const NeuronMask& chosen, const VerifyOptions& options) {
  Verification verification;
  verification.alpha = options.alpha;
  std::vector<double> p_values;
  const NeuronMask* const masks[] = {nullptr, &chosen};
  FP_ASSIGN_OR_RETURN(auto values, MeasureHeldOutSets(engine, sets, masks));
  for (size_t s = 0; s < sets.size(); ++s) {
    const HeldOutSet& set = sets[s];
    if (!set.before.empty()) values[s] = {set.before, set.after};
    FP_ASSIGN_OR_RETURN(Effect effect, CompareValues(set, std::move(values[s][0]),
                                                     std::move(values[s][1]), options.paired));
    FP_RETURN_IF_ERROR(SplitByCategory(set, options.paired, effect));
    if (!options.controls.empty() && (set.kind == SetKind::kBias || set.kind == SetKind::kText)) {
      FP_RETURN_IF_ERROR(MeasureControls(engine, set, chosen, options, effect));
    }
    p_values.push_back(effect.paired.p_value);
    verification.effects.push_back(std::move(effect));
  }
  const std::vector<double> adjusted = HolmAdjust(p_values);
  for (size_t i = 0; i < adjusted.size(); ++i) verification.effects[i].holm_p = adjusted[i];
  return verification;
}

Finding FindingOf(const Effect& effect, double alpha) {
  if (effect.holm_p >= alpha || effect.paired.difference == 0) return Finding::kNone;
  // Either side may be preferred: what counts is by how much.
  if (effect.kind == SetKind::kSides) {
    return std::abs(effect.paired.after) > std::abs(effect.paired.before) ? Finding::kRose
                                                                          : Finding::kFell;
  }
  // Of what is guarded more is better, also where the other wording is preferred to begin with.
  if (effect.kind == SetKind::kGuarded) {
    return effect.paired.difference < 0 ? Finding::kFell : Finding::kRose;
  }
  // A bias that is negative to begin with falls when it goes towards 0.
  return effect.paired.difference * effect.paired.before < 0 ? Finding::kFell : Finding::kRose;
}

std::string VerdictOf(const Verification& v) {
  std::string text =
      Sentence(v, SetKind::kBias, Finding::kFell, "Bias fell on held-out items") +
      Sentence(v, SetKind::kBias, Finding::kRose, "Bias ROSE on held-out items") +
      CategorySentence(v, SetKind::kBias, Finding::kRose, "Bias ROSE within single categories") +
      Sentence(v, SetKind::kBias, Finding::kNone, "No measurable effect on bias") +
      Sentence(v, SetKind::kGuarded, Finding::kFell, "Lost of what was guarded") +
      CategorySentence(v, SetKind::kGuarded, Finding::kFell,
                       "Lost within single categories of what was guarded") +
      Sentence(v, SetKind::kWords, Finding::kRose, "Right words became less likely") +
      Sentence(v, SetKind::kSides, Finding::kRose, "One side became likelier as such") +
      Sentence(v, SetKind::kText, Finding::kRose, "Neutral text became less likely");
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace fairprune
