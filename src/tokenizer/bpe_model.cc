#include "tokenizer/bpe_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/component_spec.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// Up to this many symbols a scan for the best pair beats a heap.
constexpr size_t kMaxScannedSymbols = 48;

// A min-heap by rank, then by place.
struct Worse {
  bool operator()(const MergeCandidate& a, const MergeCandidate& b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
  }
};

}  // namespace

Result<BpeModel> BpeModel::Make(const TokenizerDefinition& definition, bool words_are_raw_bytes) {
  BpeModel model;
  model.place_ = definition.source + ": model BPE";
  model.raw_bytes_ = words_are_raw_bytes;
  model.vocabulary_.reserve(definition.vocabulary.size());
  for (const auto& [token, id] : definition.vocabulary) {
    model.vocabulary_.emplace(token, id);
    if (token.empty()) continue;
    const CodePoint first = DecodeAt(token, 0);
    if (first.num_bytes == token.size()) model.characters_.Insert(first.value, id);
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    model.byte_ids_[byte] = model.characters_.Find(ByteToCharacter()[byte]);
    model.byte_fallback_[byte] = model.Find(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  }
  FP_RETURN_IF_ERROR(model.ReadOptions(definition));
  FP_RETURN_IF_ERROR(model.ReadMerges(definition));
  model.FindInseparablePairs(definition);
  return model;
}

Status BpeModel::ReadOptions(const TokenizerDefinition& definition) {
  const Json& spec = definition.document->at("model");
  FP_RETURN_IF_ERROR(
      CheckMembers(spec,
                   {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
                    "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"},
                   place_));
  const auto refuse = [&](const std::string& option) {
    return Fail(ErrorCode::kUnsupported, "{}: {} {} is not supported", place_, option,
                DumpJson(spec.at(option), -1));
  };
  const auto given = [&](const char* key) { return spec.contains(key) && !spec.at(key).is_null(); };
  const auto flag = [&](const char* key) -> Result<bool> {
    if (!given(key)) return false;
    return GetBool(spec, key, place_);
  };
  if (given("dropout") && spec.at("dropout") != 0.0) return refuse("dropout");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (given(affix) && DumpJson(spec.at(affix), -1) != R"("")") return refuse(affix);
  }
  FP_ASSIGN_OR_RETURN(byte_fallback_on_, flag("byte_fallback"));
  FP_ASSIGN_OR_RETURN(ignore_merges_, flag("ignore_merges"));
  FP_ASSIGN_OR_RETURN(fuse_unknown_, flag("fuse_unk"));
  has_unknown_ = given("unk_token");
  if (has_unknown_) {
    FP_ASSIGN_OR_RETURN(unknown_token_, GetString(spec, "unk_token", place_));
    unknown_id_ = Find(unknown_token_).value_or(-1);
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
                  place_, rank, left, right,
                  !left_id    ? left
                  : !right_id ? right
                              : left + right);
    }
    merges_.Insert(*left_id, *right_id, {rank++, *merged_id});
  }
  return {};
}

// Whether `token` enters a word as one symbol although it is several characters.
bool BpeModel::IsIndivisible(std::string_view token) const {
  if (has_unknown_ && token == unknown_token_) return true;
  const bool is_byte_token = token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
  return byte_fallback_on_ && is_byte_token;
}

void BpeModel::FindInseparablePairs(const TokenizerDefinition& definition) {
  divisible_ = !ignore_merges_;
  inseparable_ = PairFilter(definition.merges.size());
  for (const auto& [left, right] : definition.merges) {
    // A merged token is made of its characters' symbols, unless a merge takes one of these.
    if (IsIndivisible(left) || IsIndivisible(right)) divisible_ = false;
    if (!divisible_ || left.empty() || right.empty()) return;
    inseparable_.Insert(characters_.Find(DecodeBefore(left, left.size()).value),
                        characters_.Find(DecodeAt(right, 0).value));
  }
  const auto found = [](int32_t id) { return id >= 0; };
  unknown_divides_ =
      byte_fallback_on_ && std::all_of(byte_fallback_.begin(), byte_fallback_.end(), found);
}

std::optional<int32_t> BpeModel::Find(std::string_view token) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) return std::nullopt;
  return found->second;
}

BpeModel::Symbol BpeModel::SymbolAt(std::string_view word, size_t at) const {
  if (raw_bytes_) return {byte_ids_[static_cast<uint8_t>(word[at])], 1};
  const CodePoint c = DecodeAt(word, at);
  return {characters_.Find(c.value), c.num_bytes};
}

bool BpeModel::AppendByteTokens(std::string_view character, std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  for (const char byte : character) {
    const int32_t id = byte_fallback_[static_cast<uint8_t>(byte)];
    if (id < 0) {
      ids.resize(before);
      return false;
    }
    ids.push_back(id);
  }
  return true;
}

Status BpeModel::AppendSymbols(std::string_view word, std::vector<int32_t>& ids) const {
  // As in the library, an unknown character's id waits for the next character that is known or, if
  // they are not fused, unknown too; characters that become bytes do not release it.
  bool waiting = false;
  std::string spelled;
  for (size_t at = 0; at < word.size();) {
    const Symbol symbol = SymbolAt(word, at);
    const std::string_view character = word.substr(at, symbol.num_bytes);
    at += symbol.num_bytes;
    if (symbol.id >= 0) {
      if (waiting) ids.push_back(unknown_id_);
      waiting = false;
      ids.push_back(symbol.id);
      continue;
    }
    if (byte_fallback_on_) {
      if (raw_bytes_) spelled = BytesToAlphabet(character);
      if (AppendByteTokens(raw_bytes_ ? std::string_view(spelled) : character, ids)) continue;
    }
    if (!has_unknown_) continue;
    if (unknown_id_ < 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{}: the text has '{}', which the vocabulary lacks, and it lacks the unk_token "
                  "'{}'",
                  place_, raw_bytes_ ? BytesToAlphabet(character) : std::string(character),
                  unknown_token_);
    }
    if (waiting && !fuse_unknown_) ids.push_back(unknown_id_);
    waiting = true;
  }
  if (waiting) ids.push_back(unknown_id_);
  return {};
}

size_t BpeModel::IndependentPrefix(std::string_view word) const {
  if (!divisible_) return word.size();
  Symbol previous = SymbolAt(word, 0);
  for (size_t at = previous.num_bytes; at < word.size();) {
    const Symbol symbol = SymbolAt(word, at);
    // Beside an unknown character only where that is sure to become bytes.
    if (previous.id >= 0 && symbol.id >= 0) {
      if (!inseparable_.MayHold(previous.id, symbol.id)) return at;
    } else if (unknown_divides_) {
      return at;
    }
    previous = symbol;
    at += symbol.num_bytes;
  }
  return word.size();
}

Status BpeModel::Encode(std::string_view word, ModelScratch& scratch,
                        std::vector<int32_t>& out) const {
  if (ignore_merges_) {
    const auto id = Find(raw_bytes_ ? BytesToAlphabet(word) : std::string(word));
    if (id) {
      out.push_back(*id);
      return {};
    }
  }
  scratch.ids.clear();
  FP_RETURN_IF_ERROR(AppendSymbols(word, scratch.ids));
  if (scratch.ids.size() <= kMaxScannedSymbols) {
    MergeShort(scratch, out);
  } else {
    MergeLong(scratch, out);
  }
  return {};
}

void BpeModel::MergeShort(ModelScratch& scratch, std::vector<int32_t>& out) const {
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

void BpeModel::MergeLong(ModelScratch& scratch, std::vector<int32_t>& out) const {
  auto& symbols = scratch.symbols;
  auto& heap = scratch.heap;
  const auto num_symbols = static_cast<int32_t>(scratch.ids.size());
  symbols.clear();
  heap.clear();
  for (int32_t i = 0; i < num_symbols; ++i) {
    symbols.push_back(
        {scratch.ids[static_cast<size_t>(i)], i - 1, i + 1 < num_symbols ? i + 1 : -1});
  }
  const auto symbol = [&](int32_t at) -> MergeSymbol& { return symbols[static_cast<size_t>(at)]; };
  const auto consider = [&](int32_t at) {
    if (at < 0 || symbol(at).next < 0) return;
    const Merge merge = merges_.Find(symbol(at).id, symbol(symbol(at).next).id);
    if (merge.rank == UINT32_MAX) return;
    heap.push_back({merge.rank, at, merge.id});
    std::push_heap(heap.begin(), heap.end(), Worse{});
  };
  for (int32_t i = 0; i + 1 < num_symbols; ++i) {
    const Merge merge = merges_.Find(symbol(i).id, symbol(i + 1).id);
    if (merge.rank != UINT32_MAX) heap.push_back({merge.rank, i, merge.id});
  }
  std::make_heap(heap.begin(), heap.end(), Worse{});
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), Worse{});
    const MergeCandidate best = heap.back();
    heap.pop_back();
    MergeSymbol& left = symbol(best.at);
    if (left.id < 0 || left.next < 0) continue;  // swallowed, or the last one by now
    MergeSymbol& right = symbol(left.next);
    const Merge merge = merges_.Find(left.id, right.id);
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
