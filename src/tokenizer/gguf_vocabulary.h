// The token tables of a GGUF file, and the two kinds of tokenizer that they are read as.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/gguf_metadata.h"
#include "tokenizer/tokenizer_parts.h"

namespace fairprune {

// tokenizer.ggml.token_type.
enum class GgufTokenType {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct GgufVocabulary {
  std::vector<std::string_view> tokens;  // by id; valid UTF-8; view the file
  std::vector<GgufTokenType> types;      // by id
};

// Errors: kNotFound, kBadFormat (source, key or token, what was expected).
Result<GgufVocabulary> ReadGgufVocabulary(const GgufTokenizerKeys& keys);

// tokenizer.ggml.merges, lines of two tokens; none if the key is not there. Errors: kBadFormat.
Status ReadGgufMerges(const GgufTokenizerKeys& keys, TokenizerDefinition& definition);

// Takes bos, eos, unknown, padding and the chat template; `adds_bos` and `adds_eos` are what holds
// where the file does not say. Errors: kBadFormat.
Status ReadGgufEnds(const GgufTokenizerKeys& keys, bool adds_bos, bool adds_eos,
                    TokenizerParts& parts);

// "gpt2": byte-level BPE. A token that the byte alphabet cannot spell (some files hold plain text)
// is spelled in it, except added tokens, which are matched as they stand. Errors: as of
// ReadGgufTokenizer.
Status ReadByteLevelGguf(const GgufTokenizerKeys& keys, TokenizerParts& parts);

// "llama": SentencePiece's BPE with scores. Errors: as of ReadGgufTokenizer.
Status ReadSentencePieceGguf(const GgufTokenizerKeys& keys, TokenizerParts& parts);

}  // namespace fairprune
