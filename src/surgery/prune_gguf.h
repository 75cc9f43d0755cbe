// Turns a plan into a GGUF file, of a GGUF file.
#pragma once

#include <string>

#include "surgery/prune.h"

namespace fairprune {

// Writes a GGUF file (whole or absent) of a GGUF input: its metadata and vocabulary carried over,
// the width changed, the plan as the key fairprune.provenance (docs/formats.md, "GGUF written").
// options.dtype may be Q8_0, Q4_0 or Q4_1 too; without it tensors keep their types and, where no
// neuron goes, their bits. max_shard_bytes is not used, undo_path must be empty. Errors:
// kUnsupported (a Hugging Face input), kInvalidArgument (rows that are no whole blocks), and those
// of PruneCheckpoint.
Result<PruneSummary> PruneToGguf(const Checkpoint& checkpoint, const Model& model, const Plan& plan,
                                 const std::string& out_path, const PruneOptions& options);

}  // namespace fairprune
