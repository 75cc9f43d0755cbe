// Outputs that are whole or absent: a temporary beside the target, fsync, rename.
#pragma once

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

// Writes `content` to `path` through a temporary file in the same folder, fsync and rename.
// Overwrites an existing file (callers decide about --force before). Errors: kIo.
Status WriteFileAtomically(const std::string& path, std::string_view content);

// A file written in pieces; appears under its final name only at Commit(). Dropped when destroyed
// without Commit(). Move-only.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  Status Write(std::span<const std::byte> bytes);
  Status Write(std::string_view text);
  // fsync, close, rename onto the final path.
  Status Commit();

 private:
  AtomicFile() = default;
  void Discard();
  std::string path_, temporary_path_;
  std::FILE* file_ = nullptr;
};

// A folder whose files are written under `path`.partial-PID and that appears under `path` only at
// Commit(). Without `force` an existing `path` is kExists; with it the old folder is moved aside
// and removed after the new one is in place. Removed when destroyed without Commit(). Move-only.
class AtomicDirectory {
 public:
  static Result<AtomicDirectory> Create(const std::string& path, bool force);
  AtomicDirectory(AtomicDirectory&& other) noexcept;
  AtomicDirectory& operator=(AtomicDirectory&& other) noexcept;
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;
  ~AtomicDirectory();

  // Where to write until Commit(); ends without '/'.
  const std::string& working_path() const { return working_path_; }
  Status Commit();

 private:
  AtomicDirectory() = default;
  void Discard();
  std::string path_, working_path_;
  bool force_ = false;
};

}  // namespace fairprune
