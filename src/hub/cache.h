// The folder that huggingface_hub keeps repositories in, so that either finds what the other
// fetched:
//
//   CACHE/models--ORG--NAME/blobs/HASH                 a file's content
//   CACHE/models--ORG--NAME/refs/REVISION              the commit that a branch or tag was at
//   CACHE/models--ORG--NAME/snapshots/COMMIT/PATH      a symbolic link to the content
//   CACHE/.locks/models--ORG--NAME/HASH.lock           held while the content is fetched
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "hub/listing.h"
#include "hub/reference.h"

namespace fairprune {

class HubCache {
 public:
  HubCache(const std::string& cache, const std::string& repo);

  const std::string& folder() const { return folder_; }
  std::string BlobPath(const HubFile& file) const;
  std::string IncompletePath(const HubFile& file) const;
  std::string SnapshotPath(const std::string& commit, const std::string& path) const;

  // The commit of a revision as it was last seen; a commit is its own.
  std::optional<std::string> CommitOf(const std::string& revision) const;
  Status WriteRef(const std::string& revision, const std::string& commit) const;

  // What opens the model of `reference` at `commit`, if everything that it takes is there: config
  // and weights, and if asked for a tokenizer; or the GGUF file.
  std::optional<std::string> FindModel(const HubReference& reference, const std::string& commit,
                                       bool with_tokenizer) const;

  bool HasBlob(const HubFile& file) const;
  bool HasLink(const std::string& commit, const HubFile& file) const;
  // Errors: kIo.
  Status Link(const std::string& commit, const HubFile& file) const;

 private:
  std::string cache_, folder_, name_;
  friend class BlobLock;
};

// The lock of one blob, shared with huggingface_hub. Released when destroyed. Move-only.
class BlobLock {
 public:
  // Waits for whoever has it, calling `poll` meanwhile. Errors: kIo, those of `poll`.
  static Result<BlobLock> Acquire(const HubCache& cache, const HubFile& file,
                                  const std::function<Status()>& poll);
  BlobLock(BlobLock&& other) noexcept;
  BlobLock& operator=(BlobLock&& other) noexcept;
  BlobLock(const BlobLock&) = delete;
  BlobLock& operator=(const BlobLock&) = delete;
  ~BlobLock();

 private:
  BlobLock() = default;
  int descriptor_ = -1;
};

// Whether `text` is 40 hexadecimal digits: a commit rather than a branch or tag.
bool IsCommit(const std::string& text);

}  // namespace fairprune
