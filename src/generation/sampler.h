// Which token comes next: the likeliest, or one drawn.
//
//   Sampler sampler({.temperature = 0.8, .top_p = 0.95, .seed = 7});
//   const int32_t id = sampler.Pick(logits);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "statistics/random.h"

namespace fairprune {

struct SamplingOptions {
  // Logits are divided by it before the softmax. 0: no drawing, the likeliest token, the lowest id
  // of several.
  double temperature = 0;
  // Draw among this many likeliest tokens; 0: all.
  int64_t top_k = 0;
  // Draw among the fewest likeliest tokens whose probabilities, after top_k, sum to at least this;
  // 1: all. Source: Holtzman et al. 2020 (nucleus sampling).
  double top_p = 1;
  uint64_t seed = 1;
};

// Errors: kInvalidArgument (a value out of range; top_k or top_p without a temperature).
Status CheckSampling(const SamplingOptions& options);

struct TokenChance {
  int32_t id = 0;
  double probability = 0;
};
// The tokens that may be drawn, likeliest first (of equal ones the lowest id first), and their
// probabilities, which sum to 1: temperature, then top_k, then top_p, each on what the one before
// left, as transformers orders them. `logits` [V] must have a finite one; the temperature is
// above 0.
std::vector<TokenChance> ChancesOf(const SamplingOptions& options, std::span<const float> logits);

// Draws with numbers of its own: the same for a seed and the same logits, whatever the threads.
class Sampler {
 public:
  // `options` as CheckSampling wants them.
  explicit Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}
  int32_t Pick(std::span<const float> logits);

 private:
  SamplingOptions options_;
  RandomSource random_;
};

}  // namespace fairprune
