#include "tokenizer/scores_from_merges.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace fairprune {

Result<std::optional<std::vector<float>>> ScoresFromMerges(std::span<const std::string_view> tokens,
                                                           const MergeList& merges,
                                                           const std::string& source) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < tokens.size(); ++i) places.emplace(tokens[i], i);
  std::vector<size_t> merged;               // per merge: the token that it gives
  std::vector<size_t> last(tokens.size());  // per token: its last merge
  for (const auto& [left, right] : merges) {
    const auto found = places.find(left + right);
    if (found == places.end()) return std::optional<std::vector<float>>();
    last[found->second] = merged.size();
    merged.push_back(found->second);
  }
  // A token's merges have one score, and so have all tokens that lie between its first and last.
  constexpr float kNone = 1;
  std::vector<float> scores(tokens.size(), kNone);
  float score = 0;
  size_t end = 0;  // the last merge of the group that i is in
  for (size_t i = 0; i < merged.size(); ++i) {
    if (i > end) score -= 1;
    end = std::max({end, i, last[merged[i]]});
    scores[merged[i]] = score;
  }
  std::ranges::replace(scores, kNone, score - 1);
  FP_ASSIGN_OR_RETURN(const MergeList found, MergesFromScores(tokens, scores, source));
  if (found != merges) return std::optional<std::vector<float>>();
  return std::optional(std::move(scores));
}

}  // namespace fairprune
