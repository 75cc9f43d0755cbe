// A tokenizer out of the metadata of a GGUF file.
#pragma once

#include <string>

#include "base/result.h"
#include "tokenizer/gguf_metadata.h"
#include "tokenizer/tokenizer_parts.h"

namespace fairprune {

// tokenizer.ggml.model "gpt2" (byte-level BPE), with the tokenizer.ggml.pre names that
// docs/formats.md lists, and "llama" (SentencePiece's BPE with scores) are known; others are
// kUnsupported by name. Errors: kNotFound (a key), kBadFormat (source, key, what was expected).
// Source: transformers' integrations/gguf and llama.cpp's llama-vocab; docs/formats.md says which
// is followed where they differ.
Result<TokenizerParts> ReadGgufTokenizer(const GgufMetadata& metadata, const std::string& source);

}  // namespace fairprune
