#include "generation/agreement.h"

#include <algorithm>

#include "forward/forest.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

std::optional<int64_t> FirstDifference(std::span<const int32_t> a, std::span<const int32_t> b) {
  if (std::ranges::equal(a, b)) return std::nullopt;
  return CommonPrefix(a, b);
}

bool SameTokens(const Tokenizer& a, const Tokenizer& b, std::span<const int32_t> ids) {
  return std::ranges::all_of(ids, [&](int32_t id) {
    const auto text = a.TokenText(id);
    return text.has_value() && text == b.TokenText(id);
  });
}

Result<double> AnswerLogLikelihood(const Engine& engine, std::span<const int32_t> prompt,
                                   std::span<const int32_t> answer) {
  if (answer.empty()) return 0.0;
  TokenRequest request;
  request.ids.assign(prompt.begin(), prompt.end());
  request.ids.insert(request.ids.end(), answer.begin(), answer.end());
  request.first_scored = static_cast<int32_t>(prompt.size());
  FP_ASSIGN_OR_RETURN(const std::vector<TokenScore> scores, ScoreTokens(engine, {request}));
  return scores.front().log_likelihood_nats;
}

}  // namespace fairprune
