#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/system_error.h"

namespace fairprune {
namespace {

// Closes the descriptor on every way out; a mapping outlives its descriptor.
struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

Result<MappedFile> MappedFile::Open(const std::string& path) {
  // O_NONBLOCK: a FIFO without a writer is then refused below instead of waited for.
  const Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.fd < 0) return tl::unexpected(ReadError(path, "open", errno));
  struct stat info = {};
  if (::fstat(descriptor.fd, &info) != 0) return tl::unexpected(ReadError(path, "stat", errno));
  if (S_ISDIR(info.st_mode)) {
    return Fail(ErrorCode::kNotFound, "{}: expected a file, found a folder", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kIo, "{}: expected a regular file, found a device or pipe", path);
  }
  MappedFile file;
  file.path_ = path;
  file.size_bytes_ = static_cast<size_t>(info.st_size);
  if (file.size_bytes_ == 0) return file;  // mmap refuses an empty range
  void* data = ::mmap(nullptr, file.size_bytes_, PROT_READ, MAP_PRIVATE, descriptor.fd, 0);
  if (data == MAP_FAILED) {
    file.size_bytes_ = 0;
    return tl::unexpected(WriteError(path, "map into memory", errno));
  }
  file.data_ = static_cast<const std::byte*>(data);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_bytes_);
}

}  // namespace fairprune
