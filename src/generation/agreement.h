// What two models made of one prompt.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// The ids that two answers share before they differ; nullopt: they do not differ. Where one is the
// beginning of the other they differ at its end.
std::optional<int64_t> FirstDifference(std::span<const int32_t> a, std::span<const int32_t> b);

// Whether every id of `ids` is the same token of both tokenizers.
bool SameTokens(const Tokenizer& a, const Tokenizer& b, std::span<const int32_t> ids);

// log p(answer | prompt) in nats, of prompt and answer as one sequence (beyond a model's
// long-sequence limit that is not what it was when the answer was generated). Errors: those of
// Engine::Run.
Result<double> AnswerLogLikelihood(const Engine& engine, std::span<const int32_t> prompt,
                                   std::span<const int32_t> answer);

}  // namespace fairprune
