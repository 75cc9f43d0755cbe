// Added tokens: strings that are found in a text before the model sees it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "tokenizer/definition.h"
#include "tokenizer/normalizer.h"

namespace fairprune {

// A stretch of text, or an added token.
struct TextSegment {
  std::string_view text;
  int32_t id = -1;  // of the added token; -1 for text
};

// Finds, at each place, the longest of a set of strings.
class StringTrie {
 public:
  // The first value added for a string stays.
  void Add(std::string_view key, int32_t value);
  bool empty() const { return nodes_.size() == 1; }
  struct Match {
    int32_t value = -1;  // -1: none
    size_t num_bytes = 0;
  };
  Match Longest(std::string_view text, size_t at) const;

 private:
  struct Node {
    int32_t value = -1;
    std::vector<std::pair<uint8_t, uint32_t>> children;  // sorted by byte
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> is_first_byte_{};
};

// Immutable and thread-safe once made.
class AddedTokens {
 public:
  // `tokens` with their final ids; contents that match normalised text are normalised.
  static Result<AddedTokens> Make(std::vector<AddedToken> tokens, const Normalizer* normalizer);

  // Cuts `text` at the tokens that match raw text (normalized = false) or normalised text; appends
  // to `out`.
  void Split(std::string_view text, bool normalized, std::vector<TextSegment>& out) const;
  bool HasNormalized() const { return !normalized_.empty(); }

  const std::vector<AddedToken>& tokens() const { return tokens_; }
  // What Decode takes for a token: the normalised content of an added token that matches
  // normalised text, otherwise its own text (`text`).
  std::optional<std::string_view> DecodedText(int32_t id,
                                              std::optional<std::string_view> text) const;
  // Whether `text` is the content of a special token.
  bool IsSpecial(std::string_view text) const { return special_.count(text) > 0; }

 private:
  std::vector<AddedToken> tokens_;
  StringTrie raw_;                                                // values index tokens_
  StringTrie normalized_;                                         // values index tokens_
  std::unordered_map<int32_t, std::string> normalized_contents_;  // by id, where it differs
  std::unordered_set<std::string_view> special_;                  // views tokens_
};

}  // namespace fairprune
