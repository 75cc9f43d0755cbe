#include "scoring/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fairprune {

Result<PerplexityText> EncodeForPerplexity(const Tokenizer& tokenizer, const std::string& text,
                                           int64_t window_tokens) {
  if (window_tokens < 1) {
    return Fail(ErrorCode::kInvalidArgument, "a window of {} tokens is asked for", window_tokens);
  }
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(tokenizer, window_tokens));
  FP_ASSIGN_OR_RETURN(const std::vector<int32_t> ids, tokenizer.Encode(text));
  if (ids.empty()) return Fail(ErrorCode::kInvalidArgument, "the text has no tokens");
  PerplexityText result;
  result.num_tokens = static_cast<int64_t>(ids.size());
  result.num_bytes = static_cast<int64_t>(text.size());
  for (int64_t begin = 0; begin < result.num_tokens; begin += window_tokens) {
    const int64_t end = std::min(result.num_tokens, begin + window_tokens);
    TokenRequest& window = result.windows.emplace_back();
    window.ids.push_back(encoder.prefix_id());
    window.ids.insert(window.ids.end(), ids.begin() + begin, ids.begin() + end);
    window.first_scored = 1;
  }
  return result;
}

Result<Perplexity> MeasurePerplexity(const Engine& engine, const PerplexityText& text,
                                     const ScoreOptions& options) {
  FP_ASSIGN_OR_RETURN(const std::vector<TokenScore> scores,
                      ScoreTokens(engine, text.windows, options));
  Perplexity result;
  double total_nats = 0;
  for (const TokenScore& score : scores) {
    result.window_nats.push_back(-score.log_likelihood_nats);
    total_nats -= score.log_likelihood_nats;
  }
  result.nats_per_token = total_nats / static_cast<double>(text.num_tokens);
  result.perplexity = std::exp(result.nats_per_token);
  result.bits_per_byte = total_nats / std::numbers::ln2 / static_cast<double>(text.num_bytes);
  return result;
}

}  // namespace fairprune
