// Log-likelihoods of texts, with lm-evaluation-harness's rules for joining context and
// continuation, and perplexity.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// Token ids of one request: log p(ids[i] | ids[<i]) is summed for i in [first_scored, end).
struct TokenRequest {
  std::vector<int32_t> ids;
  int32_t first_scored = 0;  // >= 1
};
struct TokenScore {
  double log_likelihood_nats = 0;
  bool greedy = true;                // every scored token is the argmax at its position
  std::vector<double> token_nats;    // one per scored token
};

// Runs requests through prefix forests. Results are in the order of the requests and independent of
// batching up to rounding. `progress(done, total)` in requests, may be empty.
Result<std::vector<TokenScore>> ScoreTokens(
    const Engine& engine, const std::vector<TokenRequest>& requests, const NeuronMask* mask = nullptr,
    const std::function<void(int64_t, int64_t)>& progress = {});

// lm-evaluation-harness's request: either (context, continuation), or a rolling text.
struct TextRequest {
  std::string context, continuation;
  bool rolling = false;
  std::string text;
};
struct TextScore {
  double log_likelihood_nats = 0;
  bool greedy = false;  // not set for rolling
  int64_t num_tokens = 0;
};
Result<std::vector<TextScore>> ScoreTexts(const Engine& engine, const Tokenizer& tokenizer,
                                          const std::vector<TextRequest>& requests,
                                          const NeuronMask* mask = nullptr,
                                          const std::function<void(int64_t, int64_t)>& progress = {});

}  // namespace fairprune
