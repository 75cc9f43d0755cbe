// A tokenizer out of the metadata of a GGUF file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "checkpoint/gguf.h"
#include "tokenizer/definition.h"
#include "tokenizer/special_tokens.h"

namespace fairprune {

using GgufMetadata = std::map<std::string, GgufValue>;

struct GgufTokenizer {
  TokenizerDefinition definition;
  SpecialTokens special;
  std::optional<int32_t> unknown;
  std::optional<int32_t> padding;
  bool adds_bos = false;
  bool adds_eos = false;
  std::string chat_template;  // empty: none
};

// tokenizer.ggml.model "gpt2" (byte-level BPE) is known, with the tokenizer.ggml.pre names that
// docs/formats.md lists; others are kUnsupported by name. Errors: kNotFound (a key), kBadFormat
// (source, key, what was expected).
Result<GgufTokenizer> ReadGgufTokenizer(const GgufMetadata& metadata, const std::string& source);

}  // namespace fairprune
