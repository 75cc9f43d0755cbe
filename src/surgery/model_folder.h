// The files of a Hugging Face model folder. Internal to this room.
#pragma once

#include "checkpoint/safetensors.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// Writes model.safetensors into `folder`, or, when the tensors exceed `max_shard_bytes`,
// model-0000N-of-0000M.safetensors and model.safetensors.index.json. Errors: kIo, and the
// producers'.
Status WriteTensors(const std::string& folder, std::vector<TensorToWrite> tensors,
                    int64_t max_shard_bytes);

// What a Hugging Face folder has beside its weights (docs/formats.md, "What fairprune writes"):
// copies of the input's own, or the tokenizer's files made from `tokenizer` (may be nullptr: none)
// for GGUF. Errors: kIo, and the tokenizer's.
Status WriteSideFiles(const std::string& folder, const Checkpoint& checkpoint,
                      const Tokenizer* tokenizer);

// Sum over the files of `folder`. Errors: kIo.
Result<int64_t> FolderBytes(const std::string& folder);

// Name to SHA-256, of every file of `folder`. Errors: kIo.
Result<StringMap> HashFiles(const std::string& folder);
// What Checkpoint::ContentHash is for a Hugging Face folder with these files.
std::string ContentHashOf(const StringMap& files);

}  // namespace fairprune
