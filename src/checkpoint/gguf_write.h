// Writes a GGUF file (docs/formats.md): another file's metadata, with other tensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"

namespace fairprune {

// Keys that get another value, or are added behind the others: u32, string or array of u32.
using GgufChanges =
    std::map<std::string, std::variant<uint32_t, std::string, std::vector<uint32_t>>>;

// Another prefix of the source's keys ("llama." -> "deci."); changes name keys as they are written.
struct GgufPrefix {
  std::string from, to;  // empty: none
};

// Writes one file atomically, version 3: the keys of `source` in their order and byte for byte, but
// for `changes` and the keys of a model in several files (split.…); then the tensors in the given
// order, each at a multiple of the source's general.alignment. Errors: kIo; kInvalidArgument (two
// tensors of one name, a type that GGUF does not have, rows that are not whole blocks, a producer
// that gives another size); the reader's.
Status WriteGguf(const std::string& path, const GgufFile& source, const GgufChanges& changes,
                 const std::vector<TensorToWrite>& tensors, const GgufPrefix& prefix = {});

}  // namespace fairprune
