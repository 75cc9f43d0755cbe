// What a GGUF file consists of, by the format of the input. Internal to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/gguf_write.h"
#include "surgery/layout.h"
#include "surgery/output_tensors.h"
#include "surgery/prune.h"

namespace fairprune {

// A tensor after `edit`, as `dtype`. Errors: kInvalidArgument (rows that are no whole blocks).
Result<TensorToWrite> GgufTensor(std::string name, const TensorEntry& entry, TensorEdit edit,
                                 DType dtype);

// general.file_type of a file whose matrices have this type (llama.cpp's llama_ftype).
uint32_t GgufFileType(DType dtype);
bool IsBlockType(DType dtype);

// llama.cpp's architecture whose layers may have different widths (DeciLM, Nemotron): otherwise it
// is Llama's, tensor by tensor.
inline constexpr std::string_view kUnevenArchitecture = "deci";
// What its feed_forward_length says: the width of each layer that is left.
std::vector<uint32_t> GgufWidths(const PruneLayout& layout);

struct GgufToWrite {
  GgufKeys keys;
  std::vector<TensorToWrite> tensors;
  std::vector<std::string> remarks;
};

// Of a Hugging Face folder; `checkpoint` and `model` must outlive the write. Errors: as of
// PruneToGguf.
Result<GgufToWrite> GgufOfFolder(const Checkpoint& checkpoint, const Model& model,
                                 const Tokenizer& tokenizer, const PruneLayout& layout,
                                 std::optional<DType> asked);

}  // namespace fairprune
