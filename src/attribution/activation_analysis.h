// Activation differences of prompt pairs (the published method, and two variants of ours).
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

enum class Pooling {
  kMean,     // published: |mean over positions of prompt 1 − the same of prompt 2|
  kLast,     // ours: |activation at the last position of prompt 1 − the same of prompt 2|
  kAligned,  // ours: mean over aligned positions of |a1 − a2|: the common prefix (always 0) is left
             // out, positions of the differing part and after it are aligned from the end
};
enum class Aggregation { kMean, kMax };

inline constexpr std::array<TapSite, 3> kTapSites = {TapSite::kGate, TapSite::kUp, TapSite::kAct};

// One pooling's scores: scores[site][aggregation] is [L, F], mean or max over the pairs.
struct DifferenceScores {
  std::map<TapSite, std::map<Aggregation, Tensor>> scores;
};

struct ActivationAnalysis {
  std::map<Pooling, DifferenceScores> all;                               // over all pairs
  std::map<std::string, std::map<Pooling, DifferenceScores>> by_category;  // per category
  int64_t num_pairs = 0;
};

// One forward over all prompts. Prompts are encoded with the tokenizer's special tokens, as OptiPFair does.
Result<ActivationAnalysis> AnalyzeActivations(const Engine& engine, const Tokenizer& tokenizer,
                                              const std::vector<PromptPair>& pairs);

}  // namespace fairprune
