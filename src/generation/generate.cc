#include "generation/generate.h"

#include <algorithm>

#include "base/stopwatch.h"
#include "compute/row_ops.h"

namespace fairprune {
std::string_view NameOf(StopReason reason) {
  switch (reason) {
    case StopReason::kEndOfText:
      return "end_of_text";
    case StopReason::kMaxTokens:
      return "max_tokens";
    case StopReason::kModelLength:
      return "model_length";
  }
  return "unknown";
}

Result<Generated> Generate(const Engine& engine, std::span<const int32_t> prompt,
                           const GenerateOptions& options) {
  FP_RETURN_IF_ERROR(CheckSampling(options.sampling));
  if (prompt.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the prompt has no token to go on from");
  }
  Sampler sampler(options.sampling);
  KvCache cache(engine.config());
  Generated result;
  const auto choose = [&](std::span<const int32_t>, ConstMatrixView logits) {
    const auto row = logits.row_span(0);
    const int32_t id = sampler.Pick(row);
    result.ids.push_back(id);
    result.token_nats.push_back(row[static_cast<size_t>(id)] - compute::LogSumExp(row));
    result.log_likelihood_nats += result.token_nats.back();
  };
  const int64_t positions = engine.config().max_position_embeddings;
  const Stopwatch watch;
  std::vector<int32_t> next(prompt.begin(), prompt.end());
  while (std::ssize(result.ids) < options.max_tokens) {
    if (!result.ids.empty() && positions > 0 && cache.size() + 1 > positions) {
      result.stopped = StopReason::kModelLength;
      break;
    }
    FP_RETURN_IF_ERROR(engine.Extend(next, cache, {.logits = choose}));
    if (result.ids.size() == 1) result.first_token_seconds = watch.seconds();
    next = {result.ids.back()};
    if (std::ranges::find(options.end_ids, next.front()) != options.end_ids.end()) {
      result.stopped = StopReason::kEndOfText;
      break;
    }
    if (options.on_token) FP_RETURN_IF_ERROR(options.on_token(next.front()));
  }
  result.seconds = watch.seconds();
  return result;
}

}  // namespace fairprune
