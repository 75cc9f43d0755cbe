// What turns a word into token ids: the "model" of a tokenizer.json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/definition.h"

namespace fairprune {

// One candidate of a long BPE merge.
struct MergeCandidate {
  uint32_t rank;
  int32_t at;  // the left symbol
  int32_t id;  // merged
};

// A symbol of a long BPE merge.
struct MergeSymbol {
  int32_t id = -1;
  int32_t previous = -1;
  int32_t next = -1;  // -1: the last
};

// (rank, merged id) of a pair of symbols.
struct Merge {
  uint32_t rank = UINT32_MAX;  // UINT32_MAX: the pair does not merge
  int32_t id = -1;
};

// The best way to a place of a word, of the Unigram model.
struct BestPath {
  double score = 0.0;
  int32_t begin = -1;  // of the last piece; -1: not reached
  int32_t id = -1;
};

// Working memory of one thread.
struct ModelScratch {
  std::vector<int32_t> ids;
  std::vector<Merge> merges;  // of ids[i] and ids[i + 1]
  std::vector<MergeSymbol> symbols;
  std::vector<MergeCandidate> heap;
  std::vector<BestPath> paths;
  std::vector<int32_t> reversed;  // pieces from the last to the first
  // Gives back what a very long word took.
  void Trim();
};

// Immutable and thread-safe once made.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;

  // Appends the ids of `word` (not empty). Errors: kInvalidArgument for characters that the model
  // has no id for, although it must.
  virtual Status Encode(std::string_view word, ModelScratch& scratch,
                        std::vector<int32_t>& out) const = 0;

  // Length of a prefix of `word` (not empty) that may be encoded apart from the rest with the same
  // result; `word.size()` if there is no shorter one.
  virtual size_t IndependentPrefix(std::string_view word) const { return word.size(); }

  virtual std::optional<int32_t> Find(std::string_view token) const = 0;
};

// The model of `definition`, whose views it keeps: it must outlive the model.
// `words_are_raw_bytes`: words are bytes, and the vocabulary of a BPE spells them in the byte
// alphabet. Errors: kBadFormat, kUnsupported (a type or an option that is not known, by name).
Result<std::unique_ptr<SubwordModel>> MakeSubwordModel(const TokenizerDefinition& definition,
                                                       bool words_are_raw_bytes);

}  // namespace fairprune
