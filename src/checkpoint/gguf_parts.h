// Inside the checkpoint room: GGUF models that are split over several files (docs/formats.md).
//
// Parts are named PREFIX-00001-of-0000N.gguf. Each has the keys split.no (from 0), split.count and
// split.tensors.count (of all parts together); everything else that is said about the model is in
// the first part's metadata.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/gguf.h"

namespace fairprune {

using GgufMetadata = std::map<std::string, GgufValue>;

struct GgufParts {
  int64_t count = 1;        // 1: the model is in one file
  int64_t num_tensors = 0;  // of all parts together; 0 if there is one
  std::string prefix;       // of the paths; empty if there is one

  // Path of part `number`, from 0.
  std::string Path(int64_t number) const;
};

// What the metadata of the file at `path` says of parts. Errors: kInvalidArgument (not the first
// part: the first is named; or a name without the pattern), kBadFormat (keys that make no sense).
Result<GgufParts> FindGgufParts(const GgufMetadata& metadata, const std::string& path);

// Whether the file at `path`, with `metadata`, is part `number` (from 0) of the model whose first
// part has the metadata `first`. Errors: kBadFormat, kUnsupported (another alignment).
Status CheckGgufPart(const GgufMetadata& metadata, const GgufMetadata& first, int64_t number,
                     const std::string& path);

// Whether `names` are the names of all parts of one model, and nothing else; sorted, as they are
// listed in a folder.
bool AreGgufParts(const std::vector<std::string>& names);

}  // namespace fairprune
