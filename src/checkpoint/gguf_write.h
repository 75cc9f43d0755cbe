// Writes a GGUF file (docs/formats.md): another file's metadata with other tensors, or keys of its
// own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"

namespace fairprune {

// A metadata value, written as the type that it has here.
using GgufNewValue = std::variant<uint32_t, float, bool, std::string, std::vector<std::string>,
                                  std::vector<float>, std::vector<int32_t>, std::vector<uint32_t>>;

// Keys that get another value, or are added behind the others.
using GgufChanges = std::map<std::string, GgufNewValue>;

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

// Keys in the order of the file, each once.
using GgufKeys = std::vector<std::pair<std::string, GgufNewValue>>;

// The same with these keys alone; tensors at multiples of 32. Errors: the same but the reader's.
Status WriteNewGguf(const std::string& path, const GgufKeys& keys,
                    const std::vector<TensorToWrite>& tensors);

// The bytes of such a file, for GgufFile::Parse. `source_name` stands for its path in errors.
Result<std::string> NewGgufBytes(const std::string& source_name, const GgufKeys& keys,
                                 const std::vector<TensorToWrite>& tensors);

}  // namespace fairprune
