// Byte-pair encoding: a word's symbols are merged pair by pair, the best-ranked pair first.
// Sennrich et al. 2016, as the Hugging Face tokenizers library does it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tokenizer/definition.h"

namespace fairprune {

// (left id, right id) → (rank, merged id); open addressing, immutable once filled.
class MergeTable {
 public:
  struct Merge {
    uint32_t rank = UINT32_MAX;  // UINT32_MAX: the pair does not merge
    int32_t id = -1;
  };
  explicit MergeTable(size_t num_merges = 0);
  // The last of several values for a pair stays.
  void Insert(int32_t left, int32_t right, Merge merge);
  Merge Find(int32_t left, int32_t right) const;

 private:
  struct Slot {
    uint64_t key = UINT64_MAX;
    Merge merge;
  };
  size_t SlotOf(uint64_t key) const;
  std::vector<Slot> slots_;
  uint32_t shift_ = 0;  // 64 - log2(slots)
};

// Working memory of one thread.
struct BpeScratch {
  struct Symbol {
    int32_t id = -1;
    int32_t previous = -1;
    int32_t next = -1;  // -1: the last
  };
  struct Candidate {
    uint32_t rank;
    int32_t at;  // the left symbol
    int32_t id;  // merged
  };
  std::vector<int32_t> ids;
  std::vector<MergeTable::Merge> merges;  // of ids[i] and ids[i + 1]
  std::vector<Symbol> symbols;
  std::vector<Candidate> heap;
};

// Immutable and thread-safe once made.
class BpeModel {
 public:
  // `words_are_raw_bytes`: words are bytes, and the vocabulary spells them in the byte alphabet.
  // Keeps views of `definition`, which must outlive the model.
  // Errors: kBadFormat (a merge of tokens that the vocabulary lacks), kUnsupported (dropout,
  // byte_fallback, affixes, by name).
  static Result<BpeModel> Make(const TokenizerDefinition& definition, bool words_are_raw_bytes);

  // Appends the ids of `word` (not empty).
  void Encode(std::string_view word, BpeScratch& scratch, std::vector<int32_t>& out) const;

  std::optional<int32_t> Find(std::string_view token) const;

 private:
  Status ReadOptions(const TokenizerDefinition& definition);
  Status ReadMerges(const TokenizerDefinition& definition);
  void AppendSymbols(std::string_view word, std::vector<int32_t>& ids) const;
  void MergeShort(BpeScratch& scratch, std::vector<int32_t>& out) const;
  void MergeLong(BpeScratch& scratch, std::vector<int32_t>& out) const;

  std::unordered_map<std::string_view, int32_t> vocabulary_;
  MergeTable merges_;
  std::array<int32_t, 256> byte_ids_{};  // -1: not in the vocabulary
  bool raw_bytes_ = false;
  bool ignore_merges_ = false;  // a word that is a token is that token
  bool fuse_unknown_ = false;
  int32_t unknown_id_ = -1;  // -1: unknown symbols are dropped
};

}  // namespace fairprune
