// The undo patch of a pruned model: what was taken out, its place, and the hash of the source; and
// the way back (docs/formats.md, "Undo").
//
//   FP_ASSIGN_OR_RETURN(RestoreSummary summary,
//                       RestoreCheckpoint(pruned, model, "pruned.undo.safetensors", "original",
//                                         {}));
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "surgery/write_progress.h"

namespace fairprune {

struct RestoreOptions {
  bool force = false;  // replace an existing folder
  // As PruneOptions::max_shard_bytes. Not used where the source's own files come back.
  int64_t max_shard_bytes = 5'000'000'000;
  WriteProgress progress;
};

struct RestoreSummary {
  std::string source, source_sha256;  // the pruned model's input: name and content hash
  // The files are the source's, byte for byte, and their content hash was compared. Otherwise (the
  // source is a GGUF file, or element types were changed) the tensors are those that pruning
  // nothing would have written.
  bool exact = false;
  int64_t neurons_restored = 0;
  int64_t intermediate_size_before = 0, intermediate_size_after = 0;  // pruned, restored
  int64_t layers_restored = 0;                                        // whole ones
  int64_t bytes_written = 0;                                          // of all files
};

// Writes `out_dir` (whole or absent): what `pruned` was made from, by the patch in `undo_path`.
// `model` describes `pruned`. Errors: kMismatch (the patch is of another checkpoint, or does not
// give the source's hash), kBadFormat (no patch, or a damaged one), kNotFound, kInvalidArgument,
// kExists, kIo.
Result<RestoreSummary> RestoreCheckpoint(const Checkpoint& pruned, const Model& model,
                                         const std::string& undo_path, const std::string& out_dir,
                                         const RestoreOptions& options);

}  // namespace fairprune
