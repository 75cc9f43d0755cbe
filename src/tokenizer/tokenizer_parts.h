// A tokenizer out of a file that is no tokenizer.json (SentencePiece, tiktoken, GGUF): what those
// readers give, and the documents that they share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tokenizer/definition.h"
#include "tokenizer/special_tokens.h"

namespace fairprune {

struct TokenizerParts {
  TokenizerDefinition definition;  // vocabulary[i] has id i
  SpecialTokens special;
  std::optional<int32_t> unknown;
  std::optional<int32_t> padding;
  bool adds_bos = false;
  bool adds_eos = false;
  std::string chat_template;    // empty: none
  std::string folder_settings;  // the text of the tokenizer_config.json beside the file, or empty
};

// "models" for "models/tokenizer.model", "." for "tokenizer.model".
std::string FolderOf(const std::string& path);

// Finds ids by text; views `definition`.
TokenLookup LookupIn(const TokenizerDefinition& definition);

// Sets adds_bos and adds_eos: as wanted, where there is such a token.
void SetEnds(bool wants_bos, bool wants_eos, TokenizerParts& parts);

// The text of a token by its id, added tokens included; empty for an id without a token.
std::string TextOf(const TokenizerDefinition& definition, int32_t id);

// Byte-level BPE: tokens are spelled in the byte alphabet.
struct ByteLevelSpec {
  std::string_view pattern;    // what cuts words; empty: GPT-2's
  bool single_digits = false;  // digits are cut apart first
  bool ignore_merges = false;
};

// SentencePiece: spaces are written as U+2581.
struct SentencePieceSpec {
  bool is_unigram = false;     // otherwise BPE
  bool byte_fallback = false;  // what the vocabulary lacks is spelled in its <0xNN>
  bool adds_prefix = true;     // text gets a space in front
  // true: every stretch of text between added tokens gets it (normalizers Prepend and Replace, what
  // SentencePiece itself does); false: the text's first stretch, unless it begins with a space
  // (Metaspace). transformers calls it `legacy` too.
  bool legacy = true;
};

// Fill parts.definition.document as the tokenizers library would write it. The ids in `parts`
// (bos, eos, unknown) and the vocabulary must be there.
void WriteByteLevelDocument(const ByteLevelSpec& spec, TokenizerParts& parts);
void WriteSentencePieceDocument(const SentencePieceSpec& spec, TokenizerParts& parts);

}  // namespace fairprune
