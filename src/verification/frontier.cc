#include "verification/frontier.h"

#include <cmath>
#include <limits>

#include "selection/plan.h"

namespace fairprune {

double FrontierPoint::perplexity_change() const {
  for (const Effect& effect : effects) {
    if (effect.kind == SetKind::kText) return std::expm1(effect.paired.difference);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Result<std::vector<FrontierPoint>> MeasureFrontier(const Engine& engine,
                                                   const std::vector<HeldOutSet>& sets,
                                                   const std::vector<FrontierChoice>& choices,
                                                   const FrontierOptions& options) {
  std::vector<NeuronMask> masks;
  std::vector<FrontierPoint> points;
  masks.reserve(choices.size());
  for (const FrontierChoice& choice : choices) {
    masks.push_back(MaskOf(engine.config(), choice.neurons));
    points.push_back({choice.method, choice.number, std::ssize(choice.neurons), {}});
  }
  std::vector<const NeuronMask*> all = {nullptr};
  for (const NeuronMask& mask : masks) all.push_back(&mask);
  std::vector<HeldOutSet> samples;
  samples.reserve(sets.size());
  for (const HeldOutSet& set : sets) {
    samples.push_back(SampleOf(set, options.items, options.paired.seed));
  }
  FP_ASSIGN_OR_RETURN(const auto values,
                      MeasureHeldOutSets(engine, samples, all, options.progress));
  for (size_t s = 0; s < samples.size(); ++s) {
    for (size_t c = 0; c < choices.size(); ++c) {
      FP_ASSIGN_OR_RETURN(
          Effect effect, CompareValues(samples[s], values[s][0], values[s][c + 1], options.paired));
      points[c].effects.push_back(std::move(effect));
    }
  }
  return points;
}

}  // namespace fairprune
