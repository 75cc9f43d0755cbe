#include "tokenizer/bpe_model.h"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// Up to this many symbols a scan for the best pair beats a heap.
constexpr size_t kMaxScannedSymbols = 48;

uint64_t PairKey(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
}

// A min-heap by rank, then by place.
struct Worse {
  bool operator()(const BpeScratch::Candidate& a, const BpeScratch::Candidate& b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
  }
};

}  // namespace

MergeTable::MergeTable(size_t num_merges) {
  const size_t num_slots = std::bit_ceil(std::max<size_t>(num_merges * 2, 16));
  slots_.resize(num_slots);
  shift_ = 64 - static_cast<uint32_t>(std::countr_zero(num_slots));
}

size_t MergeTable::SlotOf(uint64_t key) const {
  return static_cast<size_t>((key * 0x9E3779B97F4A7C15u) >> shift_);
}

void MergeTable::Insert(int32_t left, int32_t right, Merge merge) {
  const uint64_t key = PairKey(left, right);
  size_t slot = SlotOf(key);
  while (slots_[slot].key != UINT64_MAX && slots_[slot].key != key) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  slots_[slot] = {key, merge};
}

MergeTable::Merge MergeTable::Find(int32_t left, int32_t right) const {
  const uint64_t key = PairKey(left, right);
  size_t slot = SlotOf(key);
  while (slots_[slot].key != key) {
    if (slots_[slot].key == UINT64_MAX) return {};
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slots_[slot].merge;
}

Result<BpeModel> BpeModel::Make(const TokenizerDefinition& definition, bool words_are_raw_bytes) {
  BpeModel model;
  model.raw_bytes_ = words_are_raw_bytes;
  model.vocabulary_.reserve(definition.vocabulary.size());
  for (const auto& [token, id] : definition.vocabulary) model.vocabulary_.emplace(token, id);
  for (size_t byte = 0; byte < 256; ++byte) {
    std::string character;
    AppendUtf8(ByteToCharacter()[byte], character);
    model.byte_ids_[byte] = model.Find(character).value_or(-1);
  }
  FP_RETURN_IF_ERROR(model.ReadOptions(definition));
  FP_RETURN_IF_ERROR(model.ReadMerges(definition));
  return model;
}

Status BpeModel::ReadOptions(const TokenizerDefinition& definition) {
  const Json& spec = definition.document->at("model");
  const std::string place = definition.source + ": model BPE";
  const auto refuse = [&](const std::string& option) {
    return Fail(ErrorCode::kUnsupported, "{}: {} {} is not supported", place, option,
                DumpJson(spec.at(option), -1));
  };
  const auto flag = [&](const std::string& key) -> Result<bool> {
    if (!spec.contains(key) || spec.at(key).is_null()) return false;
    return GetBool(spec, key, place);
  };
  if (spec.contains("dropout") && !spec.at("dropout").is_null() && spec.at("dropout") != 0.0) {
    return refuse("dropout");
  }
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const bool given = spec.contains(affix) && !spec.at(affix).is_null();
    if (given && spec.at(affix).dump() != "\"\"") {
      return refuse(affix);
    }
  }
  FP_ASSIGN_OR_RETURN(const bool byte_fallback, flag("byte_fallback"));
  if (byte_fallback) return refuse("byte_fallback");
  FP_ASSIGN_OR_RETURN(ignore_merges_, flag("ignore_merges"));
  FP_ASSIGN_OR_RETURN(fuse_unknown_, flag("fuse_unk"));
  if (spec.contains("unk_token") && !spec.at("unk_token").is_null()) {
    FP_ASSIGN_OR_RETURN(const std::string token, GetString(spec, "unk_token", place));
    const std::optional<int32_t> id = Find(token);
    if (!id) {
      return Fail(ErrorCode::kBadFormat, "{}: unk_token '{}' is not in the vocabulary", place,
                  token);
    }
    unknown_id_ = *id;
  }
  return {};
}

Status BpeModel::ReadMerges(const TokenizerDefinition& definition) {
  merges_ = MergeTable(definition.merges.size());
  uint32_t rank = 0;
  for (const auto& [left, right] : definition.merges) {
    const auto left_id = Find(left);
    const auto right_id = Find(right);
    const auto merged_id = Find(left + right);
    if (!left_id || !right_id || !merged_id) {
      return Fail(ErrorCode::kBadFormat, "{}: merge {} ('{}' and '{}'): the vocabulary lacks '{}'",
                  definition.source, rank, left, right,
                  !left_id    ? left
                  : !right_id ? right
                              : left + right);
    }
    merges_.Insert(*left_id, *right_id, {rank++, *merged_id});
  }
  return {};
}

std::optional<int32_t> BpeModel::Find(std::string_view token) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) return std::nullopt;
  return found->second;
}

void BpeModel::AppendSymbols(std::string_view word, std::vector<int32_t>& ids) const {
  bool last_unknown = false;
  for (size_t at = 0; at < word.size();) {
    int32_t id = -1;
    if (raw_bytes_) {
      id = byte_ids_[static_cast<uint8_t>(word[at++])];
    } else {
      const CodePoint c = DecodeAt(word, at);
      id = Find(word.substr(at, c.num_bytes)).value_or(-1);
      at += c.num_bytes;
    }
    const bool unknown = id < 0;
    if (unknown) id = unknown_id_;
    if (id >= 0 && !(unknown && last_unknown && fuse_unknown_)) ids.push_back(id);
    last_unknown = unknown;
  }
}

void BpeModel::Encode(std::string_view word, BpeScratch& scratch, std::vector<int32_t>& out) const {
  if (ignore_merges_) {
    const auto id = Find(raw_bytes_ ? BytesToAlphabet(word) : std::string(word));
    if (id) {
      out.push_back(*id);
      return;
    }
  }
  scratch.ids.clear();
  AppendSymbols(word, scratch.ids);
  if (scratch.ids.size() <= kMaxScannedSymbols) {
    MergeShort(scratch, out);
  } else {
    MergeLong(scratch, out);
  }
}

void BpeModel::MergeShort(BpeScratch& scratch, std::vector<int32_t>& out) const {
  std::vector<int32_t>& ids = scratch.ids;
  auto& merges = scratch.merges;
  merges.clear();
  for (size_t i = 0; i + 1 < ids.size(); ++i) merges.push_back(merges_.Find(ids[i], ids[i + 1]));
  while (!merges.empty()) {
    const auto best = std::min_element(
        merges.begin(), merges.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
    if (best->rank == UINT32_MAX) break;
    const auto at = static_cast<size_t>(best - merges.begin());
    ids[at] = best->id;
    ids.erase(ids.begin() + static_cast<ptrdiff_t>(at) + 1);
    merges.erase(best);
    if (at > 0) merges[at - 1] = merges_.Find(ids[at - 1], ids[at]);
    if (at < merges.size()) merges[at] = merges_.Find(ids[at], ids[at + 1]);
  }
  out.insert(out.end(), ids.begin(), ids.end());
}

void BpeModel::MergeLong(BpeScratch& scratch, std::vector<int32_t>& out) const {
  auto& symbols = scratch.symbols;
  auto& heap = scratch.heap;
  const auto num_symbols = static_cast<int32_t>(scratch.ids.size());
  symbols.clear();
  heap.clear();
  for (int32_t i = 0; i < num_symbols; ++i) {
    symbols.push_back(
        {scratch.ids[static_cast<size_t>(i)], i - 1, i + 1 < num_symbols ? i + 1 : -1});
  }
  const auto symbol = [&](int32_t at) -> BpeScratch::Symbol& {
    return symbols[static_cast<size_t>(at)];
  };
  const auto consider = [&](int32_t at) {
    if (at < 0 || symbol(at).next < 0) return;
    const MergeTable::Merge merge = merges_.Find(symbol(at).id, symbol(symbol(at).next).id);
    if (merge.rank == UINT32_MAX) return;
    heap.push_back({merge.rank, at, merge.id});
    std::push_heap(heap.begin(), heap.end(), Worse{});
  };
  for (int32_t i = 0; i + 1 < num_symbols; ++i) consider(i);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), Worse{});
    const BpeScratch::Candidate best = heap.back();
    heap.pop_back();
    BpeScratch::Symbol& left = symbol(best.at);
    if (left.id < 0 || left.next < 0) continue;  // swallowed, or the last one by now
    BpeScratch::Symbol& right = symbol(left.next);
    const MergeTable::Merge merge = merges_.Find(left.id, right.id);
    if (merge.rank == UINT32_MAX || merge.id != best.id) continue;  // another pair by now
    left.id = best.id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbol(left.next).previous = best.at;
    consider(left.previous);
    consider(best.at);
  }
  for (int32_t at = num_symbols > 0 ? 0 : -1; at >= 0; at = symbol(at).next) {
    out.push_back(symbol(at).id);
  }
}

}  // namespace fairprune
