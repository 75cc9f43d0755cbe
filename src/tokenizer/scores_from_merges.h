// The scores of a SentencePiece vocabulary that give a list of merges: MergesFromScores, undone.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/merges_from_scores.h"

namespace fairprune {

// One score for each of `tokens`: 0 for the first to be merged, then -1, -2, …; tokens whose merges
// lie mixed in the list have the same one, tokens that no merge gives the lowest. Those that
// `is_added` (empty: none) have 0, which readers take for them. nullopt if such scores would give
// another list, but for the order of the merges of one token (Llama 2's published tokenizer.json
// has another one): these make the same token, and only where two of them overlap could one text
// tell. Errors: those of MergesFromScores.
Result<std::optional<std::vector<float>>> ScoresFromMerges(std::span<const std::string_view> tokens,
                                                           const MergeList& merges,
                                                           const std::string& source,
                                                           const std::vector<bool>& is_added = {});

}  // namespace fairprune
