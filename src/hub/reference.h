// Names of models on the Hugging Face Hub, as a user writes them:
//
//   hf:ORG/NAME  hf:ORG/NAME@REVISION  hf:ORG/NAME/FILE.gguf  hf:ORG/NAME@REVISION/FOLDER/FILE.gguf
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

struct HubReference {
  std::string repo;                 // "ORG/NAME"
  std::string revision = "main";    // branch, tag, commit, or refs/pr/N
  std::string path;                 // a file or folder of the repository; empty: all of it
  std::string ToString() const;     // "hf:ORG/NAME@REVISION/PATH"; without @main
  std::string DefaultName() const;  // what a result may be called: NAME, or the file's stem
};

// Whether `text` begins with "hf:".
bool IsHubReference(std::string_view text);

// A `/` in REVISION is written %2F; refs/pr/N and refs/convert/NAME may stand as they are. Errors:
// kInvalidArgument, saying what the form is.
Result<HubReference> ParseHubReference(const std::string& text);

// Whether `path` may be made into a path below a folder: relative, `/` between segments, none of
// them empty, "." or "..", no backslash and no control character.
bool IsSafeRelativePath(std::string_view path);

}  // namespace fairprune
