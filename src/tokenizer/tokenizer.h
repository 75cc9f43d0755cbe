// Text to token ids and back, exactly as the Hugging Face tokenizers library does it.
//
//   FP_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
//   FP_ASSIGN_OR_RETURN(auto ids, tokenizer.Encode("Hello", {.add_special = true}));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace fairprune {

struct TokenizerDefinition;

struct EncodeOptions {
  bool add_special = false;  // run the post-processor (BOS/EOS of the template)
};

class Tokenizer {
 public:
  // A tokenizer.json, or a tokenizer.model (SentencePiece or tiktoken, told apart by its bytes).
  // The files beside it (tokenizer_config.json and others) are looked at too. Errors: kNotFound,
  // kIo, kBadFormat, kUnsupported (a component that is not known, by name).
  static Result<Tokenizer> FromFile(const std::string& path);
  // The tokenizer of a model: tokenizer.json of a folder (with bos/eos from tokenizer_config.json,
  // config.json), its tokenizer.model if there is no such file, or a GGUF's metadata.
  static Result<Tokenizer> FromCheckpoint(const Checkpoint& checkpoint);
  // The tokenizer that a definition (tokenizer/definition.h) describes, without BOS and EOS.
  // Errors: kBadFormat, kUnsupported.
  static Result<Tokenizer> FromDefinition(TokenizerDefinition definition);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // `text` must be valid UTF-8 (kInvalidArgument otherwise). Thread-safe.
  Result<std::vector<int32_t>> Encode(std::string_view text, EncodeOptions options = {}) const;
  // Ids out of range are kInvalidArgument.
  Result<std::string> Decode(std::span<const int32_t> ids, bool skip_special = false) const;

  // Largest id + 1, added tokens included.
  int32_t vocabulary_size() const;
  // The token's own text ("Ġthe"), or nullopt for an id with no token.
  std::optional<std::string> TokenText(int32_t id) const;
  std::optional<int32_t> TokenId(std::string_view token) const;
  std::optional<int32_t> bos_id() const;
  std::optional<int32_t> eos_id() const;
  // Whether the post-processor puts BOS in front when add_special is set.
  bool adds_bos() const;
  // "byte-level BPE", and where it came from, for `inspect`.
  std::string description() const;

  // Its parts; views the tokenizer.
  const TokenizerDefinition& definition() const;

  // tokenizer.json and tokenizer_config.json texts that the tokenizers library and transformers
  // load to the same ids. A tokenizer read from tokenizer.json gives that file's own bytes back.
  Result<std::string> ToTokenizerJson() const;
  Result<std::string> ToTokenizerConfigJson() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
