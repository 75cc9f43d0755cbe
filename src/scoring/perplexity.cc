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

Result<std::vector<Perplexity>> MeasurePerplexityUnderMasks(
    const Engine& engine, const PerplexityText& text, std::span<const NeuronMask* const> masks,
    const JobProgress& progress) {
  FP_ASSIGN_OR_RETURN(const auto results,
                      ScoreTokensUnderMasks(engine, text.windows, masks, progress));
  std::vector<Perplexity> measured;
  for (const std::vector<TokenScore>& scores : results) {
    Perplexity& perplexity = measured.emplace_back();
    double total_nats = 0;
    for (const TokenScore& score : scores) {
      perplexity.window_nats.push_back(-score.log_likelihood_nats);
      total_nats -= score.log_likelihood_nats;
    }
    perplexity.nats_per_token = total_nats / static_cast<double>(text.num_tokens);
    perplexity.perplexity = std::exp(perplexity.nats_per_token);
    perplexity.bits_per_byte = total_nats / std::numbers::ln2 / static_cast<double>(text.num_bytes);
  }
  return measured;
}

Result<Perplexity> MeasurePerplexity(const Engine& engine, const PerplexityText& text,
                                     const ScoreOptions& options) {
  const NeuronMask* const masks[] = {options.mask};
  FP_ASSIGN_OR_RETURN(auto measured,
                      MeasurePerplexityUnderMasks(engine, text, masks, options.progress));
  return std::move(measured.front());
}

}  // namespace fairprune
