// Remembers the ids of words: most words of a text have been seen before.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

// A bounded map from words to ids for one thread at a time. It forgets everything when it is full,
// which for natural text is rare and cheap.
class WordCache {
 public:
  WordCache();
  // The ids of `word`. Valid until the next Insert.
  struct Hit {
    bool found = false;
    std::span<const int32_t> ids;
  };
  Hit Find(std::string_view word) const;
  // Words longer than kMaxWordBytes are not kept. `word` must not be in the cache.
  void Insert(std::string_view word, std::span<const int32_t> ids);

  static constexpr size_t kMaxWordBytes = 64;

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t word_at = 0;
    uint32_t ids_at = 0;
    uint16_t word_bytes = 0;  // 0: a free slot
    uint16_t num_ids = 0;
  };
  static constexpr size_t kNumSlots = size_t{1} << 16;
  static constexpr size_t kMaxWords = kNumSlots / 2;

  std::vector<Slot> slots_;
  std::string words_;
  std::vector<int32_t> ids_;
  size_t num_words_ = 0;
};

}  // namespace fairprune
