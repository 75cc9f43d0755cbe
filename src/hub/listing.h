// What a repository of the Hub holds at one commit, and which of its files a model needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/reference.h"

namespace fairprune {

struct HubFile {
  std::string path;  // in the repository; safe to be joined to a folder's path
  int64_t size = 0;  // bytes
  // Its name in the cache's blobs/: the SHA-256 of a file in LFS (64 hexadecimal digits), else the
  // SHA-1 of git's blob (40).
  std::string hash;
};

struct HubListing {
  std::string commit;  // 40 hexadecimal digits
  std::vector<HubFile> files;
  const HubFile* Find(std::string_view path) const;
};

// The answer of /api/models/ORG/NAME/revision/REVISION?blobs=true. Files whose path is not safe,
// or that have no size and hash, are left out. Errors: kBadFormat, naming `source`.
Result<HubListing> ParseHubListing(std::string_view text, const std::string& source);

// What to fetch of a listing.
struct HubChoice {
  std::vector<HubFile> files;
  // The index of the weights in several files; the files it names come on top (ShardsOf).
  const HubFile* index = nullptr;
  std::string path;  // what to open, in the snapshot: a file, a folder, or empty for all of it
};

// A folder of the repository with config.json and safetensors: these and the tokenizer's files. One
// without safetensors: its GGUF file. A file: itself, and the other parts of a GGUF model. Errors:
// kNotFound, kUnsupported (pickled weights), kInvalidArgument (several GGUF files: names them).
Result<HubChoice> ChooseHubFiles(const HubListing& listing, const HubReference& reference);

// The tensor files that an index (the text of model.safetensors.index.json) names. Errors:
// kBadFormat (no index, or a name that is no plain file name), kNotFound (not in the listing).
Result<std::vector<HubFile>> ShardsOf(std::string_view index_text, const HubFile& index,
                                      const HubListing& listing, const std::string& source);

}  // namespace fairprune
