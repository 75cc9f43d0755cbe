#include "tokenizer/word_cache.h"

#include <cstring>

namespace fairprune {
namespace {

uint64_t Mix(uint64_t state, uint64_t value) {
  state = (state ^ value) * 0x9E3779B97F4A7C15u;
  return state ^ (state >> 32);
}

uint64_t LoadTail(const char* data, size_t num_bytes) {
  uint64_t value = 0;
  std::memcpy(&value, data, num_bytes);
  return value;
}

uint64_t HashWord(std::string_view word) {
  uint64_t state = word.size() + 1;
  size_t at = 0;
  for (; at + 8 <= word.size(); at += 8) state = Mix(state, LoadTail(word.data() + at, 8));
  if (at < word.size()) state = Mix(state, LoadTail(word.data() + at, word.size() - at));
  return Mix(state, 0xD6E8FEB86659FD93u);
}

}  // namespace

WordCache::WordCache() : slots_(kNumSlots) {}

WordCache::Hit WordCache::Find(std::string_view word) const {
  if (word.empty() || word.size() > kMaxWordBytes) return {};
  const uint64_t hash = HashWord(word);
  for (size_t at = hash & (kNumSlots - 1);; at = (at + 1) & (kNumSlots - 1)) {
    const Slot& slot = slots_[at];
    if (slot.word_bytes == 0) return {};
    if (slot.hash == hash && slot.word_bytes == word.size() &&
        std::memcmp(words_.data() + slot.word_at, word.data(), word.size()) == 0) {
      return {true, std::span(ids_).subspan(slot.ids_at, slot.num_ids)};
    }
  }
}

void WordCache::Insert(std::string_view word, std::span<const int32_t> ids) {
  if (word.empty() || word.size() > kMaxWordBytes || ids.size() > UINT16_MAX) return;
  if (num_words_ == kMaxWords) {
    slots_.assign(kNumSlots, Slot{});
    words_.clear();
    ids_.clear();
    num_words_ = 0;
  }
  const uint64_t hash = HashWord(word);
  size_t at = hash & (kNumSlots - 1);
  while (slots_[at].word_bytes != 0) at = (at + 1) & (kNumSlots - 1);
  slots_[at] = {hash, static_cast<uint32_t>(words_.size()), static_cast<uint32_t>(ids_.size()),
                static_cast<uint16_t>(word.size()), static_cast<uint16_t>(ids.size())};
  words_.append(word);
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  ++num_words_;
}

}  // namespace fairprune
