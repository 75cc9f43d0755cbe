// The merges of a byte-pair encoding that a vocabulary implies when its file lists none: every
// token that two others spell together is a merge.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fairprune {

using MergeList = std::vector<std::pair<std::string, std::string>>;

// `tokens` are different from each other; `scores` has one for each, the best first to merge.
// A token is cut between its characters (`tokens` are valid UTF-8). Order, as transformers'
// generate_merges with scores has it: higher score; then more characters on the left; then on the
// right; then the token's own place. Takes time linear in the bytes of the tokens and in the
// merges. Errors: kBadFormat (`source`, a score that is not a number).
Result<MergeList> MergesFromScores(std::span<const std::string_view> tokens,
                                   std::span<const float> scores, const std::string& source);

// `tokens[i]` are the bytes of rank i, the lowest first to merge; a token is cut between its bytes.
// Order, as transformers' TikTokenConverter has it: lower rank; then lower rank of the left part.
// Pairs of ranks (left, right).
std::vector<std::pair<int32_t, int32_t>> MergesFromRanks(std::span<const std::string> tokens);

}  // namespace fairprune
