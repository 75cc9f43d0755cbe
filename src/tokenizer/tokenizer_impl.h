// The parts of a Tokenizer; for the .cc files of this room.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer/added_tokens.h"
#include "tokenizer/decoder.h"
#include "tokenizer/definition.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/special_tokens.h"
#include "tokenizer/subword_model.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_parts.h"
#include "tokenizer/word_cache.h"

namespace fairprune {

// Working memory of one call of Encode, warm from earlier calls.
struct EncodeScratch {
  PreTokenizedText text;
  ModelScratch model;
  WordCache cache;
  std::vector<TextSegment> segments;
  std::vector<TextSegment> normalized_segments;
  std::string normalized;
  // Gives back what a very long text took.
  void Trim();
};

// Lends scratch to threads, so that each keeps to its own without locking while it works.
class ScratchPool {
 public:
  std::unique_ptr<EncodeScratch> Take();
  void GiveBack(std::unique_ptr<EncodeScratch> scratch);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<EncodeScratch>> free_;
};

struct Tokenizer::Impl {
  // Builds every component from the definition. Errors as of Tokenizer::FromFile.
  static Result<std::unique_ptr<Impl>> Make(TokenizerDefinition definition);
  // The same for what other files than tokenizer.json give, with the tokenizer_config.json to it.
  static Result<std::unique_ptr<Impl>> MakeFromParts(TokenizerParts parts);

  Status EncodeText(std::string_view text, EncodeScratch& scratch, std::vector<int32_t>& out) const;
  // `begins`: nothing of the original text stands before `text`.
  Status EncodeSegment(std::string_view text, bool begins, EncodeScratch& scratch,
                       std::vector<int32_t>& out) const;
  Status EncodeWord(std::string_view word, EncodeScratch& scratch, std::vector<int32_t>& out) const;
  std::optional<int32_t> Find(std::string_view token) const;

  TokenizerDefinition definition;  // the model and the id table view its strings
  std::unique_ptr<Normalizer> normalizer;
  PreTokenizerPlan pre_tokenizer;
  std::unique_ptr<SubwordModel> model;
  PostProcessor post_processor;
  std::unique_ptr<Decoder> decoder;
  AddedTokens added;
  std::unordered_map<std::string_view, int32_t> added_ids;  // views added.tokens()
  std::vector<std::optional<std::string_view>> texts;       // by id
  SpecialTokens special;
  std::string description;
  std::string tokenizer_json;         // empty: written from the definition on demand
  std::string tokenizer_config_json;  // empty: there is none
  mutable ScratchPool scratch;
};

}  // namespace fairprune
