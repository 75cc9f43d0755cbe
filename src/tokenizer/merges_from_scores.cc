#include "tokenizer/merges_from_scores.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <tuple>

namespace fairprune {
namespace {

// Finds tokens by their bytes. A token's beginnings and ends are looked up through hashes that grow
// by one byte at a time, so that cutting a token everywhere costs no more than reading it.
class TokenTable {
 public:
  explicit TokenTable(std::span<const std::string_view> tokens) : tokens_(tokens) {
    const size_t num_slots = std::bit_ceil(std::max<size_t>(tokens.size() * 2, 16));
    slots_.resize(num_slots);
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(num_slots));
    for (size_t i = 0; i < tokens.size(); ++i) {
      uint64_t hash = 0;
      for (const char c : tokens[i]) hash = Extend(hash, c);
      size_t slot = SlotOf(hash);
      while (slots_[slot].token >= 0) slot = (slot + 1) & (num_slots - 1);
      slots_[slot] = {hash, static_cast<int32_t>(i)};
    }
  }

  // Calls found(left, right, end of left) for every cut of token `i` into two tokens. `is_cut(at)`
  // says where a token may be cut.
  template <typename IsCut, typename Found>
  void ForEachCut(size_t i, const IsCut& is_cut, const Found& found) {
    const std::string_view token = tokens_[i];
    prefix_hashes_.assign(1, 0);
    powers_.assign(1, 1);
    for (const char c : token) {
      prefix_hashes_.push_back(Extend(prefix_hashes_.back(), c));
      powers_.push_back(powers_.back() * kBase);
    }
    for (size_t at = 1; at < token.size(); ++at) {
      if (!is_cut(at)) continue;
      const uint64_t right_hash =
          prefix_hashes_.back() - prefix_hashes_[at] * powers_[token.size() - at];
      const auto right = Find(right_hash, token.substr(at));
      if (!right) continue;
      const auto left = Find(prefix_hashes_[at], token.substr(0, at));
      if (left) found(*left, *right, at);
    }
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    int32_t token = -1;
  };
  static constexpr uint64_t kBase = 0x9E3779B97F4A7C15u;

  // The hash of a text and one more byte: a polynomial in kBase.
  static uint64_t Extend(uint64_t hash, char c) {
    return hash * kBase + static_cast<uint8_t>(c) + 1;
  }

  size_t SlotOf(uint64_t hash) const {
    return static_cast<size_t>(((hash ^ (hash >> 32)) * kBase) >> shift_);
  }

  std::optional<int32_t> Find(uint64_t hash, std::string_view text) const {
    size_t slot = SlotOf(hash);
    for (; slots_[slot].token >= 0; slot = (slot + 1) & (slots_.size() - 1)) {
      const Slot& entry = slots_[slot];
      if (entry.hash == hash && tokens_[static_cast<size_t>(entry.token)] == text) {
        return entry.token;
      }
    }
    return std::nullopt;
  }

  std::span<const std::string_view> tokens_;
  std::vector<Slot> slots_;
  unsigned shift_ = 0;
  std::vector<uint64_t> prefix_hashes_;  // scratch: of the token's first n bytes
  std::vector<uint64_t> powers_;         // scratch: kBase to the power n
};

struct ScoredMerge {
  float score;
  int32_t num_left;  // characters
  int32_t num_right;
  int32_t left;
  int32_t right;
};

// More than any real vocabulary needs a thousand times; runs of one character of every length up to
// n would take the cube of n.
constexpr size_t kMaxMergeBytes = size_t{1} << 30;

bool IsCharacterStart(char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }

}  // namespace

Result<MergeList> MergesFromScores(std::span<const std::string_view> tokens,
                                   std::span<const float> scores, const std::string& source) {
  TokenTable table(tokens);
  std::vector<ScoredMerge> found;
  size_t num_bytes = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (std::isnan(scores[i])) {
      return Fail(ErrorCode::kBadFormat, "{}: the score of token {} ('{}') is not a number", source,
                  i, tokens[i]);
    }
    const auto num_characters =
        static_cast<int32_t>(std::count_if(tokens[i].begin(), tokens[i].end(), IsCharacterStart));
    int32_t num_left = 0;
    size_t counted = 0;
    table.ForEachCut(
        i, [&](size_t at) { return IsCharacterStart(tokens[i][at]); },
        [&](int32_t left, int32_t right, size_t at) {
          for (; counted < at; ++counted) {
            num_left += IsCharacterStart(tokens[i][counted]) ? 1 : 0;
          }
          num_bytes += tokens[i].size();
          if (num_bytes > kMaxMergeBytes) return;
          found.push_back({scores[i], num_left, num_characters - num_left, left, right});
        });
    if (num_bytes > kMaxMergeBytes) {
      return Fail(ErrorCode::kUnsupported,
                  "{}: the merges of the first {} tokens take more than {} bytes", source, i + 1,
                  kMaxMergeBytes);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const ScoredMerge& a, const ScoredMerge& b) {
    return std::tie(b.score, b.num_left, b.num_right) < std::tie(a.score, a.num_left, a.num_right);
  });
  MergeList merges;
  merges.reserve(found.size());
  for (const ScoredMerge& merge : found) {
    merges.emplace_back(tokens[static_cast<size_t>(merge.left)],
                        tokens[static_cast<size_t>(merge.right)]);
  }
  return merges;
}

std::vector<std::pair<int32_t, int32_t>> MergesFromRanks(std::span<const std::string> tokens) {
  const std::vector<std::string_view> views(tokens.begin(), tokens.end());
  TokenTable table(views);
  std::vector<std::pair<int32_t, int32_t>> merges;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(merges.size());
    table.ForEachCut(
        i, [](size_t) { return true; },
        [&](int32_t left, int32_t right, size_t) { merges.emplace_back(left, right); });
    std::sort(merges.begin() + begin, merges.end());
  }
  return merges;
}

}  // namespace fairprune
