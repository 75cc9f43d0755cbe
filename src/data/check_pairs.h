// Whether a set of prompt pairs, or of signed items, is fit to choose neurons on and to judge by.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "data/signed_items.h"

namespace fairprune {

// What the checks look at, of either kind.
struct CheckedPair {
  std::string id, category;
  std::string split;        // "choose", "held-out", or empty: in neither part
  std::string template_id;  // empty: names none
  std::string subject;      // the attribute pair, or the target
  std::string contrast;     // the attribute pair, or the two groups; empty: none
  std::string side;         // which side of the contrast comes first, or is favoured
  std::string text_1, text_2;
};
// Divided as `run` and `analyze` divide them.
std::vector<CheckedPair> ToChecked(const std::vector<PromptPair>& pairs);
std::vector<CheckedPair> ToChecked(const std::vector<SignedItem>& items);

struct DataCheck {
  std::string name;        // "text", "duplicates", "direction", "balance", "leakage", "tokens"
  std::optional<bool> ok;  // empty: was not looked at
  std::string detail;      // what was counted, and the first ones that are wrong
};

using TextEncoder = std::function<Result<std::vector<int32_t>>(const std::string&)>;

struct CheckOptions {
  double max_imbalance = 4;      // pairs of the largest category over those of the smallest
  TextEncoder encode;            // a model's token ids of a text; none: no check of the tokens
  double min_aligned_share = 1;  // of the pairs, with as many tokens in both texts
};

// In this order: text (no space at an end or double, no slot left open), duplicates (the same two
// texts twice, in either order, whatever the case and spaces), direction (no contrast of several
// pairs always has the same side first), balance (of the categories, and each in both parts),
// leakage (no template, subject or text in both parts), tokens. Errors: those of `encode`.
Result<std::vector<DataCheck>> CheckPairs(const std::vector<CheckedPair>& pairs,
                                          const CheckOptions& options);

// Of two token sequences, how many ids lie between their common beginning and their common end.
struct TokenDifference {
  int64_t first = 0, second = 0;
};
TokenDifference DifferingTokens(const std::vector<int32_t>& one, const std::vector<int32_t>& two);

}  // namespace fairprune
