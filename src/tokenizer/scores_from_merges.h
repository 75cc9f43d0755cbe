// The scores of a SentencePiece vocabulary that give a list of merges: MergesFromScores, undone.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/merges_from_scores.h"

namespace fairprune {

// One score for each of `tokens`: 0 for the first to be merged, then -1, -2, …; tokens whose merges
// lie mixed in the list have the same one, tokens that no merge gives the lowest. nullopt if such
// scores would give another list. Errors: those of MergesFromScores.
Result<std::optional<std::vector<float>>> ScoresFromMerges(std::span<const std::string_view> tokens,
                                                           const MergeList& merges,
                                                           const std::string& source);

}  // namespace fairprune
