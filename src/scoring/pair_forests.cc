#include "scoring/pair_forests.h"

namespace fairprune {

Result<std::vector<EncodedPair>> EncodePairs(const Tokenizer& tokenizer,
                                             const std::vector<PromptPair>& pairs) {
  std::vector<EncodedPair> encoded;
  encoded.reserve(pairs.size());
  for (const PromptPair& pair : pairs) {
    auto first = tokenizer.Encode(pair.prompt_1, {.add_special = true});
    if (!first) return WithContext(first.error(), "pair " + pair.id);
    auto second = tokenizer.Encode(pair.prompt_2, {.add_special = true});
    if (!second) return WithContext(second.error(), "pair " + pair.id);
    if (first->empty() || second->empty()) {
      return Fail(ErrorCode::kInvalidArgument, "pair {}: prompt_{} has no tokens", pair.id,
                  first->empty() ? 1 : 2);
    }
    encoded.push_back({*std::move(first), *std::move(second)});
  }
  return encoded;
}

std::vector<PairForest> BuildPairForests(const Engine& engine, std::span<const EncodedPair> pairs) {
  std::vector<PairForest> forests;
  for (size_t begin = 0; begin < pairs.size();) {
    std::vector<std::span<const int32_t>> sequences;
    int64_t tokens = 0;
    size_t end = begin;
    while (end < pairs.size() && (end == begin || tokens < engine.preferred_batch_nodes())) {
      sequences.emplace_back(pairs[end].first);
      sequences.emplace_back(pairs[end].second);
      tokens += std::ssize(pairs[end].first) + std::ssize(pairs[end].second);
      ++end;
    }
    forests.push_back({BuildForest(sequences, engine.long_sequence_limit()), begin, end - begin});
    begin = end;
  }
  return forests;
}

}  // namespace fairprune
