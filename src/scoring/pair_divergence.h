// How differently a model goes on after the two prompts of a pair.
#pragma once

#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

// Per pair the Jensen-Shannon divergence, in nats, of the next-token distributions after the two
// prompts: (KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2; 0 (equal) to ln 2.
// Prompts are encoded with the tokenizer's special tokens. Source: Lin 1991, eq. 4.1.
// Errors: kInvalidArgument (a prompt without tokens), those of the tokenizer (naming the pair) and
// of Engine::Run.
Result<std::vector<double>> NextTokenDivergence(const Engine& engine, const Tokenizer& tokenizer,
                                                const std::vector<PromptPair>& pairs,
                                                const ScoreOptions& options = {});

// The divergence of softmax(a) and softmax(b), both [V] logits.
double JensenShannon(std::span<const float> a, std::span<const float> b);

}  // namespace fairprune
