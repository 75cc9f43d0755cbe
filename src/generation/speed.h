// How fast engines read a prompt and go on with it, measured in turn, so that other work on the
// machine disturbs all of them alike.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"

namespace fairprune {

struct SpeedOptions {
  int64_t prompt_tokens = 256;
  int64_t new_tokens = 64;
  int64_t rounds = 10;                                          // that count
  int64_t warm_ups = 1;                                         // rounds before them, which do not
  uint64_t seed = 1;                                            // of the prompt's ids
  std::function<Status(int64_t done, int64_t total)> progress;  // rounds; may be empty
  std::function<Status()> check;  // after every token; an error ends it. May be empty
};

// What one engine took in one round.
struct SpeedRound {
  double prefill_seconds = 0;      // the prompt through the model, logits of its last token
  double first_token_seconds = 0;  // that, and the choice of the likeliest token
  double decode_seconds = 0;       // new_tokens further tokens, one at a time, likeliest ones
};

// result[e][r]: engine e in round r. In even rounds the first engine is the first, in odd ones the
// last. Prompts are random ids: what a dense model costs does not depend on them. Errors:
// kInvalidArgument (a count below 1, more tokens than a model has positions), those of
// Engine::Extend, of `progress` and `check`.
Result<std::vector<std::vector<SpeedRound>>> MeasureSpeed(std::span<const Engine* const> engines,
                                                          const SpeedOptions& options);

// A geometric mean over rounds with its 95 % bootstrap interval (NaN limits where rounds do not
// differ).
struct Estimate {
  double value = 0, low = 0, high = 0;
};
// `values`: positive, one per round. Errors: those of ComparePaired.
Result<Estimate> MeanOverRounds(std::span<const double> values);

// after / before, round by round: its geometric mean, and how likely so large a difference is if
// exchanging the two in any round changed nothing.
struct SpeedRatio {
  Estimate ratio;
  double p_value = 1;
};
Result<SpeedRatio> RatioOverRounds(std::span<const double> before, std::span<const double> after);

}  // namespace fairprune
