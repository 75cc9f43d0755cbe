// Activation differences of prompt pairs: the published method, and two variants of ours.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "forward/engine.h"
#include "scoring/progress.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// How the activations a1 [T1, F] and a2 [T2, F] of a pair's prompts become one difference per
// neuron.
enum class Pooling {
  kMean,     // published: |mean over positions of a1 - mean over positions of a2|
  kLast,     // ours: |a1 at its last position - a2 at its last position|
  kAligned,  // ours: mean over aligned positions of |a1 - a2|. The common beginning, whose
             // differences are 0, is left out; the rest is aligned from the end.
};
enum class Aggregation { kMean, kMax };  // over pairs

inline constexpr std::array kPoolings = {Pooling::kMean, Pooling::kLast, Pooling::kAligned};
inline constexpr std::array kTapSites = {TapSite::kGate, TapSite::kUp, TapSite::kAct};
inline constexpr std::array kAggregations = {Aggregation::kMean, Aggregation::kMax};

std::string_view NameOf(Pooling pooling);          // "bias" (the published one), "last", "aligned"
std::string_view NameOf(TapSite site);             // "gate_proj", "up_proj", "down_proj_input"
std::string_view NameOf(Aggregation aggregation);  // "mean", "max"

// Scores of one group of pairs; each is [L, F].
class DifferenceScores {
 public:
  DifferenceScores() = default;  // of no pairs and no neurons
  DifferenceScores(int64_t num_layers, int64_t num_neurons);
  Tensor& at(Pooling pooling, TapSite site, Aggregation aggregation);
  const Tensor& at(Pooling pooling, TapSite site, Aggregation aggregation) const;
  int64_t num_pairs = 0;

 private:
  std::vector<Tensor> scores_;  // by pooling, site, aggregation
};

struct ActivationAnalysis {
  DifferenceScores all;
  std::map<std::string, DifferenceScores> by_category;  // pairs without one are in `all` alone
  std::vector<double> divergence_nats;  // per pair, where AnalyzeOptions::divergence asks for it
};

struct AnalyzeOptions {
  // One analysis for each (nullptr: none).
  std::vector<const NeuronMask*> masks = {nullptr};
  bool divergence = false;  // NextTokenDivergence of each pair too, from the same forests
  JobProgress progress;     // in pairs
};

// One forward over all prompts, which are encoded with the tokenizer's special tokens.
// Source of the published part: OptiPFair 0.4.2, bias/activations.py, analyze_neuron_bias.
// Errors: kInvalidArgument (no pairs), those of EncodePairs and of Engine::RunAll.
Result<ActivationAnalysis> AnalyzeActivations(const Engine& engine, const Tokenizer& tokenizer,
                                              const std::vector<PromptPair>& pairs,
                                              const JobProgress& progress = {});

// One analysis per mask, in their order, all of one Engine::RunAll.
Result<std::vector<ActivationAnalysis>> AnalyzeUnderMasks(const Engine& engine,
                                                          const Tokenizer& tokenizer,
                                                          const std::vector<PromptPair>& pairs,
                                                          const AnalyzeOptions& options);

}  // namespace fairprune
