// Contrasts: weighted sums of log-likelihoods, by which a preference is measured. The difference
// between a stereotyped and an anti-stereotyped wording is one, a text's loss another.
//
//   FP_ASSIGN_OR_RETURN(Contrast c, EncodeContrast(encoder, {{"He is late", 1}, {"She is late",
//   -1}})); FP_ASSIGN_OR_RETURN(std::vector<double> d, MeasureContrasts(engine, contrasts));
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

struct WeightedText {
  std::string text;
  double coefficient = 1;
};

// coefficient * sum of log p(ids[i] | ids[<i]) for i in [first_scored, ids.size()).
struct WeightedSequence {
  std::vector<int32_t> ids;
  int32_t first_scored = 1;  // >= 1, < ids.size()
  double coefficient = 1;
};

struct Contrast {
  std::vector<WeightedSequence> sequences;
  double weight = 1;    // in means over contrasts; >= 0
  int64_t cluster = 0;  // contrasts of one template or target are not independent
  int64_t stratum = 0;  // whoever changes weights keeps every stratum's sum: balance needs it
  // Of two sides that items favour in turn ("he|she"): +c where the value is the preference for the
  // first side, -c for the second, c the number of the two among its set's, from 1. Of a set that
  // is to stay: the number of its category. 0: none.
  int64_t side = 0;
};

// Each text after the prefix token (BOS, or EOS where there is none); what the texts begin with in
// common is not scored, since it adds nothing where the coefficients sum to 0. Errors:
// kInvalidArgument (fewer than two texts; a text that is the beginning of another, so that nothing
// of it is scored), those of the tokenizer.
Result<Contrast> EncodeContrast(const RequestEncoder& encoder,
                                const std::vector<WeightedText>& texts);

// The same ids, scored from the same places on, in the same order; coefficients may differ.
bool HaveSameSequences(const Contrast& a, const Contrast& b);

// The value of each contrast, nats. Sequences of all contrasts share their beginnings. Errors:
// those of ScoreTokens.
Result<std::vector<double>> MeasureContrasts(const Engine& engine,
                                             std::span<const Contrast> contrasts,
                                             const ScoreOptions& options = {});
// Under each of `masks` (nullptr: none): result[m][i].
Result<std::vector<std::vector<double>>> MeasureContrastsUnderMasks(
    const Engine& engine, std::span<const Contrast> contrasts,
    std::span<const NeuronMask* const> masks, const JobProgress& progress = {});
// Several sets at once, which share beginnings with each other too (a preference and the loss of
// one of its sides are one and the same work): result[s][m][i] is contrast i of sets[s].
Result<std::vector<std::vector<std::vector<double>>>> MeasureSetsUnderMasks(
    const Engine& engine, std::span<const std::span<const Contrast>> sets,
    std::span<const NeuronMask* const> masks, const JobProgress& progress = {});

struct ContrastAblationOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none; ablations come on top of it
  int64_t batch_nodes = 0;           // AblationOptions::batch_nodes
  JobProgress progress;              // in ablations of the sequences' forests; may be empty
};

struct AblatedContrasts {
  std::vector<double> base;                 // of each contrast, nats, under the mask alone
  std::vector<std::vector<double>> values;  // values[a][i]: contrast i under ablation a
};

// As MeasureContrastsUnderMasks with one mask for each ablation, up to rounding, at a fraction of
// the cost: Engine::RunAblations. Errors: kInvalidArgument (nothing scored, an id out of range),
// those of Engine::RunAblations and of `progress`.
Result<AblatedContrasts> MeasureContrastsUnderAblations(
    const Engine& engine, std::span<const Contrast> contrasts, std::span<const Ablation> ablations,
    const ContrastAblationOptions& options = {});

// Mean over contrasts by their weights. NaN where the weights sum to 0.
double WeightedMean(std::span<const Contrast> contrasts, std::span<const double> values);

}  // namespace fairprune
