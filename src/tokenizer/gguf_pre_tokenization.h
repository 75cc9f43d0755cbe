// The names of tokenizer.ggml.pre and what they stand for. Internal to this room.
#pragma once

#include <span>
#include <string_view>

#include "tokenizer/tokenizer_parts.h"

namespace fairprune {

// docs/formats.md tells where each comes from.
struct PreTokenization {
  std::string_view name;
  ByteLevelSpec spec;
  bool adds_bos = false;  // when tokenizer.ggml.add_bos_token is not there
  // The name that is written for this spec: the one that llama.cpp reads in the same way.
  bool is_written = false;
};

std::span<const PreTokenization> KnownPreTokenizations();

}  // namespace fairprune
