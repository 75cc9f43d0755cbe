// A tokenizer as the metadata keys of a GGUF file.
//
//   FP_ASSIGN_OR_RETURN(GgufTokenizer gguf, ToGgufTokenizer(tokenizer, model.config.vocab_size));
#pragma once

#include <string>
#include <vector>

#include "checkpoint/gguf_write.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

struct GgufTokenizer {
  GgufKeys keys;  // tokenizer.ggml.…, tokenizer.chat_template
  // What GGUF has no place for, so that some texts get other ids in llama.cpp: one sentence each.
  std::vector<std::string> remarks;
};

// `num_tokens`: rows of the model's embedding; ids without a token get one that no text gives, as
// llama.cpp's converter does. Byte-level BPE becomes the model "gpt2", with the name of its
// pre-tokenization; BPE with byte fallback over U+2581 becomes "llama", with scores that give the
// same merges in the same order. Errors: kUnsupported (another kind of tokenizer, a component that
// GGUF cannot say, merges that no scores give), kMismatch (more tokens than num_tokens).
// docs/formats.md, "GGUF written", has the rules.
Result<GgufTokenizer> ToGgufTokenizer(const Tokenizer& tokenizer, int64_t num_tokens);

}  // namespace fairprune
