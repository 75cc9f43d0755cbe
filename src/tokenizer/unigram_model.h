// The Unigram model: of all ways to cut a word into tokens, the one with the largest sum of scores.
// Kudo 2018, as `Unigram::encode_optimized` of the Hugging Face tokenizers library does it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tokenizer/byte_trie.h"
#include "tokenizer/definition.h"
#include "tokenizer/subword_model.h"

namespace fairprune {

// Immutable and thread-safe once made.
class UnigramModel : public SubwordModel {
 public:
  // Keeps views of `definition`, which must outlive the model. Errors: kBadFormat (scores that are
  // not parallel to the vocabulary, an unk_id that is not in it), kUnsupported (options, by name).
  static Result<UnigramModel> Make(const TokenizerDefinition& definition);

  // Takes time in proportion to the word's bytes times the bytes of the longest tokens that occur.
  Status Encode(std::string_view word, ModelScratch& scratch,
                std::vector<int32_t>& out) const override;
  std::optional<int32_t> Find(std::string_view token) const override;

 private:
  Status FindBestPaths(std::string_view word, std::vector<BestPath>& paths) const;
  void AppendPiece(std::string_view piece, std::vector<int32_t>& out) const;

  std::string source_;
  std::unordered_map<std::string_view, int32_t> vocabulary_;
  std::vector<double> scores_;  // by id
  ByteTrie trie_;
  double unknown_score_ = 0.0;                // of a character that is no token
  int32_t unknown_id_ = -1;                   // -1: there is none
  std::array<int32_t, 256> byte_fallback_{};  // ids of "<0x00>" …, -1 where there is none
};

}  // namespace fairprune
