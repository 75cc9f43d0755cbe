#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <utility>

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

bool IsSingleWord(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && IsWordCharacter(DecodeBefore(text, begin).value)) return false;
  return end == text.size() || !IsWordCharacter(DecodeAt(text, end).value);
}

}  // namespace

void StringTrie::Add(std::string_view key, int32_t value) {
  if (key.empty()) return;
  is_first_byte_[static_cast<uint8_t>(key.front())] = true;
  uint32_t node = 0;
  for (const char c : key) {
    const auto byte = static_cast<uint8_t>(c);
    auto& children = nodes_[node].children;
    auto child = std::lower_bound(children.begin(), children.end(), std::pair(byte, 0u));
    if (child == children.end() || child->first != byte) {
      const auto made = static_cast<uint32_t>(nodes_.size());
      children.insert(child, {byte, made});
      nodes_.emplace_back();  // invalidates `children`
      node = made;
    } else {
      node = child->second;
    }
  }
  if (nodes_[node].value < 0) nodes_[node].value = value;
}

StringTrie::Match StringTrie::Longest(std::string_view text, size_t at) const {
  Match match;
  if (!is_first_byte_[static_cast<uint8_t>(text[at])]) return match;
  uint32_t node = 0;
  for (size_t i = at; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const auto& children = nodes_[node].children;
    const auto child = std::lower_bound(children.begin(), children.end(), std::pair(byte, 0u));
    if (child == children.end() || child->first != byte) break;
    node = child->second;
    if (nodes_[node].value >= 0) match = {nodes_[node].value, i + 1 - at};
  }
  return match;
}

Result<AddedTokens> AddedTokens::Make(std::vector<AddedToken> tokens,
                                      const Normalizer* normalizer) {
  AddedTokens made;
  made.tokens_ = std::move(tokens);
  // Of two tokens with the same (normalised) content the special one wins, then the earlier one.
  for (const bool special : {true, false}) {
    for (size_t i = 0; i < made.tokens_.size(); ++i) {
      const AddedToken& token = made.tokens_[i];
      if (token.special != special) continue;
      std::string buffer;
      std::string_view content = token.content;
      if (token.normalized && normalizer != nullptr) {
        FP_ASSIGN_OR_RETURN(content, normalizer->Normalize(token.content, buffer));
      }
      (token.normalized ? made.normalized_ : made.raw_).Add(content, static_cast<int32_t>(i));
      if (content != token.content) made.normalized_contents_.emplace(token.id, content);
      if (token.special) made.special_.insert(token.content);
    }
  }
  return made;
}

void AddedTokens::Split(std::string_view text, bool normalized,
                        std::vector<TextSegment>& out) const {
  const StringTrie& trie = normalized ? normalized_ : raw_;
  size_t covered = 0;
  for (size_t at = 0; !trie.empty() && at < text.size();) {
    const StringTrie::Match match = trie.Longest(text, at);
    if (match.value < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<size_t>(match.value)];
    size_t begin = at;
    size_t end = at + match.num_bytes;
    at = end;
    if (token.single_word && !IsSingleWord(text, begin, end)) continue;
    if (token.lstrip) begin = std::max(WhiteSpaceBefore(text, begin), covered);
    if (token.rstrip) end = WhiteSpaceAfter(text, end);
    if (covered < begin) out.push_back({text.substr(covered, begin - covered), -1});
    out.push_back({{}, token.id});
    covered = end;
  }
  if (covered < text.size()) out.push_back({text.substr(covered), -1});
}

std::optional<std::string_view> AddedTokens::DecodedText(
    int32_t id, std::optional<std::string_view> text) const {
  if (normalized_contents_.empty()) return text;
  const auto found = normalized_contents_.find(id);
  return found == normalized_contents_.end() ? text : std::string_view(found->second);
}

}  // namespace fairprune
