// The tokens that end a text.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// Ascending, each once: the tokenizer's end of text (nullptr: none); of a Hugging Face folder
// "eos_token_id" of config.json and of generation_config.json, a number or a list; of a GGUF file
// tokenizer.ggml.eos_token_id, eot_token_id and eom_token_id. Errors: kBadFormat, kIo.
Result<std::vector<int32_t>> EndOfTextIds(const Checkpoint& checkpoint, const Tokenizer* tokenizer);

}  // namespace fairprune
