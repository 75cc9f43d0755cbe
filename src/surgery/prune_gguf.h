// Turns a plan into a GGUF file, of a GGUF file or of a Hugging Face folder.
#pragma once

#include <string>

#include "surgery/prune.h"

namespace fairprune {

// Whether PruneToGguf may write there, for callers that compute something first. Errors: those of
// PruneToGguf about options and places.
Status CheckGgufOutput(const Checkpoint& checkpoint, const Tokenizer* tokenizer,
                       const std::string& out_path, const PruneOptions& options);

// Writes a GGUF file (whole or absent; docs/formats.md, "GGUF written"), with the plan as the key
// fairprune.provenance. Of a GGUF input: its metadata and vocabulary carried over, the width
// changed; without options.dtype tensors keep their types and, where no neuron goes, their bits. Of
// a Hugging Face folder: metadata as llama.cpp's converter writes it, the vocabulary of `tokenizer`
// (nullptr: refused; not looked at for GGUF), vectors as F32. options.dtype may be Q8_0, Q4_0 or
// Q4_1 too; max_shard_bytes is not used, undo_path must be empty. What the file cannot say and is
// left out is in PruneSummary::remarks. Errors: kUnsupported (a model or tokenizer that GGUF cannot
// express, by name), kNotFound (no tokenizer), kInvalidArgument (rows that are no whole blocks),
// and those of PruneCheckpoint.
Result<PruneSummary> PruneToGguf(const Checkpoint& checkpoint, const Model& model,
                                 const Tokenizer* tokenizer, const Plan& plan,
                                 const std::string& out_path, const PruneOptions& options);

}  // namespace fairprune
