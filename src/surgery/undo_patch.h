// An undo patch as it is read. Internal to this room; surgery/undo.h applies it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/safetensors.h"
#include "io/json.h"
#include "surgery/layout.h"

namespace fairprune {

// Keys and name prefixes of the file.
inline constexpr std::string_view kUndoKey = "fairprune_undo";  // of __metadata__: a JSON object
inline constexpr std::string_view kTakenPrefix = "taken/";      // rows or columns of a tensor
inline constexpr std::string_view kLayerPrefix = "layer/";    // a whole tensor of a layer that went
inline constexpr std::string_view kFilePrefix = "file/";      // a whole file of the source
inline constexpr std::string_view kHeaderPrefix = "header/";  // a tensor file's header

struct UndoPatch {
  std::unique_ptr<SafetensorsFile> file;
  std::string path, source, source_sha256, pruned_sha256;
  bool exact = false;
  bool compensated = false;  // of down_proj all columns are in the patch
  PruneLayout layout;
  std::map<std::string, std::string> sha256;  // per tensor of the file
  std::vector<std::string> order;  // of the restored tensors; empty: as in the pruned model

  std::string_view Text(const TensorEntry& entry) const {
    return {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
  }
};

// The neurons of a layer that the pruned model lacks, ascending: removed or zeroed.
std::vector<int32_t> TakenNeurons(const PruneLayout& layout, int32_t layer);

// The layout that `json` describes: intermediate_size_before and _after, removed, zeroed (of a
// patch or of fairprune.json). `place` names it in errors. Errors: kBadFormat, kNotFound.
Result<PruneLayout> ReadLayout(const Json& json, const std::string& place);

// The patch in a file, its description checked, its tensors' hashes compared. Errors: kNotFound,
// kIo, kBadFormat (no patch, or a damaged one), kUnsupported (another schema version).
Result<UndoPatch> ReadUndo(const std::string& path);

}  // namespace fairprune
