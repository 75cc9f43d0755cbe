// Perplexity of a text in disjoint windows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

// A text, encoded once and cut into windows, for being measured many times.
struct PerplexityText {
  std::vector<TokenRequest> windows;
  int64_t num_tokens = 0;  // scored tokens
  int64_t num_bytes = 0;   // UTF-8 bytes of the text
};

// Windows of `window_tokens` ids without overlap, each after the prefix token (BOS, or EOS where
// there is none); every id of the text is scored once. Errors: kInvalidArgument (a text without
// tokens), those of the tokenizer.
Result<PerplexityText> EncodeForPerplexity(const Tokenizer& tokenizer, const std::string& text,
                                           int64_t window_tokens);

struct Perplexity {
  double nats_per_token = 0;  // mean of -log p
  double perplexity = 0;      // exp(nats_per_token)
  double bits_per_byte = 0;
  std::vector<double> window_nats;  // sum of -log p per window, for paired comparison
};
Result<Perplexity> MeasurePerplexity(const Engine& engine, const PerplexityText& text,
                                     const ScoreOptions& options = {});
// Under each of `masks`, as ScoreTokensUnderMasks.
Result<std::vector<Perplexity>> MeasurePerplexityUnderMasks(
    const Engine& engine, const PerplexityText& text, std::span<const NeuronMask* const> masks,
    const JobProgress& progress = {});

}  // namespace fairprune
