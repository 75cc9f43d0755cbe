// The tables of a BPE model.
#include <algorithm>
#include <bit>

#include "tokenizer/bpe_model.h"

namespace fairprune {
namespace {

constexpr uint32_t kNumPages = 0x110000 >> 8;

uint64_t PairKey(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
}

uint64_t Scramble(uint64_t key) { return key * 0x9E3779B97F4A7C15u; }

}  // namespace

MergeTable::MergeTable(size_t num_merges) {
  const size_t num_slots = std::bit_ceil(std::max<size_t>(num_merges * 2, 16));
  slots_.resize(num_slots);
  shift_ = 64 - static_cast<uint32_t>(std::countr_zero(num_slots));
}

size_t MergeTable::SlotOf(uint64_t key) const {
  return static_cast<size_t>(Scramble(key) >> shift_);
}

void MergeTable::Insert(int32_t left, int32_t right, Merge merge) {
  const uint64_t key = PairKey(left, right);
  size_t slot = SlotOf(key);
  while (slots_[slot].key != UINT64_MAX && slots_[slot].key != key) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  slots_[slot] = {key, merge};
}

Merge MergeTable::Find(int32_t left, int32_t right) const {
  const uint64_t key = PairKey(left, right);
  size_t slot = SlotOf(key);
  while (slots_[slot].key != key) {
    if (slots_[slot].key == UINT64_MAX) return {};
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slots_[slot].merge;
}

PairFilter::PairFilter(size_t num_pairs) {
  const size_t num_bits = std::bit_ceil(std::max<size_t>(num_pairs * 16, 64));
  bits_.resize(num_bits / 64);
  shift_ = 64 - static_cast<uint32_t>(std::countr_zero(num_bits));
}

size_t PairFilter::BitOf(int32_t left, int32_t right) const {
  const uint64_t mixed = Scramble(PairKey(left, right));
  return static_cast<size_t>(Scramble(mixed ^ (mixed >> 32)) >> shift_);
}

void PairFilter::Insert(int32_t left, int32_t right) {
  const size_t bit = BitOf(left, right);
  bits_[bit / 64] |= uint64_t{1} << (bit % 64);
}

bool PairFilter::MayHold(int32_t left, int32_t right) const {
  const size_t bit = BitOf(left, right);
  return ((bits_[bit / 64] >> (bit % 64)) & 1) != 0;
}

CharacterIds::CharacterIds() : pages_(kNumPages, 0), ids_(256, -1) {}

void CharacterIds::Insert(uint32_t code_point, int32_t id) {
  uint16_t& page = pages_[code_point >> 8];
  if (page == 0) {
    page = static_cast<uint16_t>(ids_.size() / 256);
    ids_.resize(ids_.size() + 256, -1);
  }
  ids_[(static_cast<size_t>(page) << 8) | (code_point & 0xFFu)] = id;
}

}  // namespace fairprune
