// Prompt pairs as token ids, and as the forests that an engine runs them in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

struct EncodedPair {
  std::vector<int32_t> first, second;  // at least one id each
};

// With the tokenizer's special tokens. Errors: kInvalidArgument (a prompt without tokens), those of
// the tokenizer; all name the pair.
Result<std::vector<EncodedPair>> EncodePairs(const Tokenizer& tokenizer,
                                             const std::vector<PromptPair>& pairs);

// Consecutive pairs in one forest.
struct PairForest {
  Forest forest;  // sequences 2 * i and 2 * i + 1: the prompts of pair first_pair + i
  size_t first_pair = 0, num_pairs = 0;

  const std::vector<int32_t>& first(size_t i) const { return forest.sequences[2 * i]; }
  const std::vector<int32_t>& second(size_t i) const { return forest.sequences[2 * i + 1]; }
};

// Every pair, in order, in forests of about Engine::preferred_batch_nodes tokens.
std::vector<PairForest> BuildPairForests(const Engine& engine, std::span<const EncodedPair> pairs);

}  // namespace fairprune
