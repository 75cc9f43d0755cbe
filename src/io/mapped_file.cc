#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
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

// Addresses [begin, end) of whole pages; empty if there is none.
struct Pages {
  uintptr_t begin = 0, end = 0;
};

uintptr_t PageBytes() {
  static const auto page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  return page_bytes;
}

bool Contains(std::span<const std::byte> whole, std::span<const std::byte> part) {
  const std::less_equal<const std::byte*> at_or_before;  // defined for unrelated pointers too
  return !part.empty() && at_or_before(whole.data(), part.data()) &&
         at_or_before(part.data() + part.size(), whole.data() + whole.size());
}

void Advise(Pages pages, int advice) {
  if (pages.begin >= pages.end) return;
  // Only a hint: a kernel that refuses it leaves everything as it was.
  (void)::madvise(reinterpret_cast<void*>(pages.begin), pages.end - pages.begin, advice);
}

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

void MappedFile::Release(std::span<const std::byte> range) const {
  if (!Contains(bytes(), range)) return;
  const uintptr_t page = PageBytes();
  const auto begin = reinterpret_cast<uintptr_t>(range.data());
  const uintptr_t end = begin + range.size();
  // The file's last page belongs to nobody else, though the range ends inside it.
  const bool to_the_end = range.data() + range.size() == data_ + size_bytes_;
  Advise({(begin + page - 1) / page * page, (to_the_end ? end + page - 1 : end) / page * page},
         MADV_DONTNEED);
}

void MappedFile::Prefetch(std::span<const std::byte> range) const {
  if (!Contains(bytes(), range)) return;
  const auto begin = reinterpret_cast<uintptr_t>(range.data());
  Advise({begin / PageBytes() * PageBytes(), begin + range.size()}, MADV_WILLNEED);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_bytes_);
}

}  // namespace fairprune
