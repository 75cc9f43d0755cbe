// Where an output may go. Internal to this room.
#pragma once

#include <string>

#include "checkpoint/checkpoint.h"

namespace fairprune {

// Whether a folder may be written at `out_dir` beside the input `checkpoint`. Errors:
// kInvalidArgument (it is the input, holds it or, for a Hugging Face folder, lies in it: the source
// is never touched), kExists (something is there, without `force`).
Status CheckDestinationFolder(const Checkpoint& checkpoint, const std::string& out_dir, bool force);

// The same for a file.
Status CheckDestinationFile(const Checkpoint& checkpoint, const std::string& path, bool force);

// Whether `path` is `folder` or lies in it, symbolic links followed.
bool Contains(const std::string& folder, const std::string& path);

// The last part of a path, whatever it ends in: where a model lies on a disk is nobody's business.
std::string BaseName(const std::string& path);

}  // namespace fairprune
