// Moves what removed neurons contributed on neutral text into the columns of down_proj that stay,
// without rebuilding what differs between the prompts of a pair (docs/methods.md, "Compensation").
//
//   FP_ASSIGN_OR_RETURN(Compensation compensation,
//                       ComputeCompensation(engine, tokenizer, model, plan, options, input));
//   options.compensation = std::make_shared<const Compensation>(std::move(compensation));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "forward/engine.h"
#include "io/json.h"
#include "scoring/progress.h"
#include "selection/plan.h"
#include "surgery/prune.h"
#include "surgery/tensor_edit.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

struct CompensationInput {
  std::string text;               // UTF-8; in windows of `window_tokens`, as for a perplexity
  std::vector<PromptPair> pairs;  // may be empty: nothing is held back
  int64_t window_tokens = 512;
  double ridge = 1e-3;        // λ over the median of a kept neuron's mean square
  double pair_penalty = 100;  // μ: a pair's difference weighs as so many tokens of the text
  JobProgress progress;       // in forests times layers
};

// What was done to one layer.
struct LayerCompensation {
  int32_t layer = 0;
  int64_t num_taken = 0;
  // Of the removed neurons' contribution to down_proj's output, in mean squares over tokens whose
  // activations are brought to one size: the share on the text that the kept columns now give; the
  // share of its differences within pairs that they give.
  double moved = 0, rebuilt = 0;
};

struct Compensation {
  std::vector<std::shared_ptr<const ColumnMix>> mixes;  // [L]; nullptr: the layer loses nothing
  std::vector<LayerCompensation> layers;                // those that lose neurons
  int64_t num_tokens = 0;                               // of the text, prefixes included
  int64_t num_pairs = 0;
  double ridge = 0, pair_penalty = 0;
};

// For the neurons that `plan` and `options` take from `model`. The engine must stream: one layer's
// moments, [F, F] f64, are in memory at a time, in one pass over text and pairs. Activations are
// those of the unpruned model. Errors: kInvalidArgument (an engine that does not stream, a text
// without tokens), those of LayOut, EncodePairs and Engine::RunAll.
Result<Compensation> ComputeCompensation(const Engine& engine, const Tokenizer& tokenizer,
                                         const Model& model, const Plan& plan,
                                         const PruneOptions& options,
                                         const CompensationInput& input);

// What fairprune.json says of it; null for nullptr.
Json CompensationJson(const Compensation* compensation);

}  // namespace fairprune
