// Inside the checkpoint room: the content of one GGUF file. checkpoint/gguf.h is what others use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/gguf.h"

namespace fairprune {

// What `general.alignment` is when a file does not say.
inline constexpr int64_t kGgufDefaultAlignment = 32;

// Views the bytes that it was read from.
struct GgufContent {
  int version = 0;
  std::map<std::string, GgufValue> metadata;
  std::vector<TensorEntry> entries;  // names are unique, bytes lie in the file; file_idx is 0
};

// `source` stands for the file's path in errors. Errors: those of GgufFile::Parse.
Result<GgufContent> ParseGguf(std::span<const std::byte> content, const std::string& source);

}  // namespace fairprune
