// A tokenizer out of a SentencePiece model file, as transformers' LlamaConverter and GemmaConverter
// make one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tokenizer/tokenizer_parts.h"

namespace fairprune {

// `content` is the file at `path`; tokenizer_config.json, special_tokens_map.json and config.json
// of its folder are looked at too. Errors: kIo, kBadFormat, and kUnsupported for what would not
// give SentencePiece's ids: a normalizer that changes characters, model types word and char,
// removed or trailing spaces, a tokenizer_class other than Llama's and Gemma's.
Result<TokenizerParts> ReadSentencePieceTokenizer(std::string_view content,
                                                  const std::string& path);

}  // namespace fairprune
