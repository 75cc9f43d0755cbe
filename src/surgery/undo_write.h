// Writes undo patches. Internal to this room; surgery/undo.h reads them.
#pragma once

#include <optional>
#include <string>

#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "surgery/layout.h"

namespace fairprune {

struct UndoSource {
  const Checkpoint& checkpoint;
  const Model& model;
  const PruneLayout& layout;
  std::optional<DType> dtype;  // PruneOptions::dtype
};

// Writes the patch that leads from the checkpoint with the content hash `pruned_sha256` back to the
// source. Errors: kIo, and the tensors'.
Status WriteUndo(const std::string& path, const UndoSource& source,
                 const std::string& pruned_sha256);

}  // namespace fairprune
