// Byte-pair encoding: a word's symbols are merged pair by pair, the best-ranked pair first.
// Sennrich et al. 2016, as the Hugging Face tokenizers library does it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tokenizer/definition.h"
#include "tokenizer/subword_model.h"

namespace fairprune {

// (left id, right id) → merge; open addressing, immutable once filled.
class MergeTable {
 public:
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

// A set of pairs of ids that may claim a pair it does not hold (one in 16, about), and never denies
// one that it does.
class PairFilter {
 public:
  explicit PairFilter(size_t num_pairs = 0);
  void Insert(int32_t left, int32_t right);
  bool MayHold(int32_t left, int32_t right) const;

 private:
  size_t BitOf(int32_t left, int32_t right) const;
  std::vector<uint64_t> bits_;
  uint32_t shift_ = 0;  // 64 - log2(bits)
};

// Code point → id of the token that is this character.
class CharacterIds {
 public:
  CharacterIds();
  void Insert(uint32_t code_point, int32_t id);
  // -1: none.
  int32_t Find(uint32_t code_point) const {
    return ids_[(static_cast<size_t>(pages_[code_point >> 8]) << 8) | (code_point & 0xFFu)];
  }

 private:
  std::vector<uint16_t> pages_;  // by code point / 256; page 0 is empty
  std::vector<int32_t> ids_;     // 256 per page
};

// Immutable and thread-safe once made.
class BpeModel : public SubwordModel {
 public:
  // `words_are_raw_bytes`: words are bytes, and the vocabulary spells them in the byte alphabet.
  // Keeps views of `definition`, which must outlive the model.
  // Errors: kBadFormat (a merge of tokens that the vocabulary lacks), kUnsupported (dropout,
  // affixes, options that are not known, by name).
  static Result<BpeModel> Make(const TokenizerDefinition& definition, bool words_are_raw_bytes);

  // Takes n log n time in the word's symbols. Errors: kInvalidArgument (an unknown character, and
  // the unk_token is not in the vocabulary).
  Status Encode(std::string_view word, ModelScratch& scratch,
                std::vector<int32_t>& out) const override;

  // A word may be cut between two symbols that stand side by side in no merged token: no merge
  // ever joins them, and merges on one side do not see the other.
  size_t IndependentPrefix(std::string_view word) const override;

  std::optional<int32_t> Find(std::string_view token) const override;

 private:
  Status ReadOptions(const TokenizerDefinition& definition);
  Status ReadMerges(const TokenizerDefinition& definition);
  void FindInseparablePairs(const TokenizerDefinition& definition);
  bool IsIndivisible(std::string_view token) const;
  // The symbol at `word[at]`: its id (-1: not in the vocabulary) and bytes.
  struct Symbol {
    int32_t id;
    size_t num_bytes;
  };
  Symbol SymbolAt(std::string_view word, size_t at) const;
  bool AppendByteTokens(std::string_view character, std::vector<int32_t>& ids) const;
  Status AppendSymbols(std::string_view word, std::vector<int32_t>& ids) const;
  void MergeShort(ModelScratch& scratch, std::vector<int32_t>& out) const;
  void MergeLong(ModelScratch& scratch, std::vector<int32_t>& out) const;

  std::string place_;  // for errors
  std::unordered_map<std::string_view, int32_t> vocabulary_;
  MergeTable merges_;
  CharacterIds characters_;
  std::array<int32_t, 256> byte_ids_{};       // of the byte alphabet; -1: not in the vocabulary
  std::array<int32_t, 256> byte_fallback_{};  // ids of "<0x00>" …, -1: not in the vocabulary
  PairFilter inseparable_;                    // symbols side by side in a merged token
  bool divisible_ = false;                    // `inseparable_` is complete
  bool unknown_divides_ = false;  // no token holds a symbol that is not in the vocabulary
  bool raw_bytes_ = false;
  bool ignore_merges_ = false;  // a word that is a token is that token
  bool byte_fallback_on_ = false;
  bool fuse_unknown_ = false;
  std::string unknown_token_;
  bool has_unknown_ = false;  // otherwise unknown symbols are dropped
  int32_t unknown_id_ = -1;   // -1: not in the vocabulary
};

}  // namespace fairprune
