// Writes undo patches. Internal to this room; surgery/undo.h reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "surgery/layout.h"

namespace fairprune {

// Keys and name prefixes of the file.
inline constexpr std::string_view kUndoKey = "fairprune_undo";  // of __metadata__: a JSON object
inline constexpr std::string_view kTakenPrefix = "taken/";      // rows or columns of a tensor
inline constexpr std::string_view kFilePrefix = "file/";        // a whole file of the source
inline constexpr std::string_view kHeaderPrefix = "header/";    // a tensor file's header

struct UndoSource {
  const Checkpoint& checkpoint;
  const Model& model;
  const PruneLayout& layout;
  std::optional<DType> dtype;  // PruneOptions::dtype
};

// The neurons of a layer that the pruned model lacks, ascending: removed or zeroed.
std::vector<int32_t> TakenNeurons(const PruneLayout& layout, int32_t layer);

// Writes the patch that leads from the checkpoint with the content hash `pruned_sha256` back to the
// source. Errors: kIo, and the tensors'.
Status WriteUndo(const std::string& path, const UndoSource& source,
                 const std::string& pruned_sha256);

}  // namespace fairprune
