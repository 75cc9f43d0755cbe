// A model goes on with a text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "generation/sampler.h"

namespace fairprune {

enum class StopReason {
  kEndOfText,    // one of end_ids was chosen
  kMaxTokens,    // max_tokens were
  kModelLength,  // the model has no further position
};
std::string_view NameOf(StopReason reason);  // "end_of_text", "max_tokens", "model_length"

struct GenerateOptions {
  SamplingOptions sampling;
  int64_t max_tokens = 128;
  std::vector<int32_t> end_ids;
  // Called with every id but one of end_ids as it is chosen; an error ends the generation, which
  // returns it. May be empty.
  std::function<Status(int32_t id)> on_token;
};

struct Generated {
  std::vector<int32_t> ids;  // that were chosen; the last one may be of end_ids
  // Of each: log p under the model's own distribution, whatever the sampling.
  std::vector<double> token_nats;
  double log_likelihood_nats = 0;  // their sum
  StopReason stopped = StopReason::kMaxTokens;
  double first_token_seconds = 0;  // the prompt, and the choice of the first id
  double seconds = 0;              // all of it
};

// Errors: kInvalidArgument (an empty prompt; CheckSampling's), those of Engine::Extend and
// on_token.
Result<Generated> Generate(const Engine& engine, std::span<const int32_t> prompt,
                           const GenerateOptions& options);

}  // namespace fairprune
