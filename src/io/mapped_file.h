// A read-only memory-mapped file.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace fairprune {

// Owns the mapping; move-only. Views into bytes() live as long as the MappedFile.
class MappedFile {
 public:
  // Errors: kNotFound (no such file, or a directory), kIo (open, stat or mmap refused).
  static Result<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_bytes_}; }
  const std::string& path() const { return path_; }

  // Hints to the operating system about `range`, a part of bytes(). Neither changes what bytes()
  // shows, and neither fails: a range outside the mapping, or a refusal, is passed over.
  //
  // Gives the memory of the whole pages inside `range` back; the next access reads them again,
  // from the page cache if they are still there. For a reader that is done with a part of a file
  // that is larger than the memory.
  void Release(std::span<const std::byte> range) const;
  // Starts to read the pages of `range` from the disk, without waiting for them.
  void Prefetch(std::span<const std::byte> range) const;

 private:
  MappedFile() = default;
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_bytes_ = 0;
};

}  // namespace fairprune
