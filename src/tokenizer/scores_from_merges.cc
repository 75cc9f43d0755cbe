#include "tokenizer/scores_from_merges.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace fairprune {
namespace {

// Whether both lists give the same tokens in the same order, by the same merges.
bool MergesAlike(const MergeList& a, const MergeList& b) {
  const auto is_one_token = [](const auto& x, const auto& y) {
    return x.first + x.second == y.first + y.second;
  };
  if (!std::ranges::equal(a, b, is_one_token)) return false;
  MergeList sorted_a = a, sorted_b = b;
  std::ranges::sort(sorted_a);
  std::ranges::sort(sorted_b);
  return sorted_a == sorted_b;
}

}  // namespace

Result<std::optional<std::vector<float>>> ScoresFromMerges(std::span<const std::string_view> tokens,
                                                           const MergeList& merges,
                                                           const std::string& source,
                                                           const std::vector<bool>& is_added) {
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
  size_t end = 0;  // the last merge of the group that i is in
  for (size_t token = 0; token < is_added.size(); ++token) {
    if (!is_added[token]) continue;
    scores[token] = 0;
    end = std::max(end, last[token]);
  }
  float score = 0;
  for (size_t i = 0; i < merged.size(); ++i) {
    if (i > end) score -= 1;
    end = std::max({end, i, last[merged[i]]});
    scores[merged[i]] = score;
  }
  std::ranges::replace(scores, kNone, score - 1);
  FP_ASSIGN_OR_RETURN(const MergeList found, MergesFromScores(tokens, scores, source));
  if (!MergesAlike(merges, found)) return std::optional<std::vector<float>>();
  return std::optional(std::move(scores));
}

}  // namespace fairprune
