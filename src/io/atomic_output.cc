#include "io/atomic_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "io/system_error.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

// How many names ".partial-PID", ".partial-PID-1", … are tried before giving up; a taken name is a
// leftover of somebody else and is never touched.
constexpr int kMaxNames = 1000;

std::string CandidateName(const std::string& path, std::string_view role, int attempt) {
  std::string name = fmt::format("{}.{}-{}", path, role, ::getpid());
  if (attempt > 0) name += fmt::format("-{}", attempt);
  return name;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status CreateParent(const std::string& path) {
  const std::string parent = ParentOf(path);
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return tl::unexpected(WriteError(parent, "create the folder", error.value()));
  return {};
}

// Makes a file's content, or a folder's entries, survive a power cut.
Status SyncPath(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(WriteError(path, "open to flush", errno));
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  // Some network and memory file systems have nothing to flush and say EINVAL.
  if (result != 0 && error != EINVAL) {
    return tl::unexpected(WriteError(path, "flush to the disk", error));
  }
  return {};
}

Status SyncTree(const std::string& folder) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool flushable =
        !entry->is_symlink() && (entry->is_regular_file() || entry->is_directory());
    if (flushable) FP_RETURN_IF_ERROR(SyncPath(entry->path().string()));
  }
  if (error) return tl::unexpected(WriteError(folder, "list the folder", error.value()));
  return SyncPath(folder);
}

Status Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return tl::unexpected(WriteError(to, fmt::format("rename {} to it", from), errno));
}

// True for something at `path`, a dangling symbolic link included.
bool Exists(const std::string& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view content) {
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  FP_RETURN_IF_ERROR(file.Write(content));
  return file.Commit();
}

Result<AtomicFile> AtomicFile::Create(const std::string& path) {
  AtomicFile file;
  file.path_ = path;
  std::error_code error;
  const fs::file_status target = fs::status(path, error);
  if (fs::is_directory(target)) {
    return Fail(ErrorCode::kIo, "{}: expected a file to write, found a folder", path);
  }
  if (fs::exists(target) && !fs::is_regular_file(target)) {
    // A device or pipe is written to, never replaced by a file of its name.
    file.file_ = std::fopen(path.c_str(), "wbe");
    if (file.file_ == nullptr) return tl::unexpected(WriteError(path, "open for writing", errno));
    return file;
  }
  // Behind a symbolic link the file is replaced, and the link kept.
  if (fs::is_symlink(fs::symlink_status(path, error))) {
    const fs::path real = fs::weakly_canonical(path, error);
    if (!error) file.path_ = real.string();
  }
  FP_RETURN_IF_ERROR(CreateParent(file.path_));
  int fd = -1;
  for (int attempt = 0; fd < 0 && attempt < kMaxNames; ++attempt) {
    file.temporary_path_ = CandidateName(file.path_, "partial", attempt);
    fd = ::open(file.temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd < 0) {
    const int reason = errno;
    file.temporary_path_.clear();
    return tl::unexpected(WriteError(path, "create a temporary file beside it", reason));
  }
  file.file_ = ::fdopen(fd, "wb");
  if (file.file_ == nullptr) {
    const int reason = errno;
    ::close(fd);
    return tl::unexpected(WriteError(path, "open for writing", reason));
  }
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_path_(std::exchange(other.temporary_path_, {})),
      file_(std::exchange(other.file_, nullptr)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  path_ = std::move(other.path_);
  temporary_path_ = std::exchange(other.temporary_path_, {});
  file_ = std::exchange(other.file_, nullptr);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::Discard() {
  if (file_ != nullptr) std::fclose(file_);
  file_ = nullptr;
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
  temporary_path_.clear();
}

Status AtomicFile::Write(std::span<const std::byte> bytes) {
  if (file_ == nullptr) {
    return Fail(ErrorCode::kInternal, "{}: written to after it was finished", path_);
  }
  // An empty span's pointer may be null, which fwrite must not get.
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    return tl::unexpected(WriteError(path_, "write", errno));
  }
  return {};
}

Status AtomicFile::Write(std::string_view text) { return Write(std::as_bytes(std::span(text))); }

Status AtomicFile::Commit() {
  if (file_ == nullptr) return Fail(ErrorCode::kInternal, "{}: finished twice", path_);
  const bool replaces = !temporary_path_.empty();
  if (std::fflush(file_) != 0) return tl::unexpected(WriteError(path_, "write", errno));
  if (replaces && ::fsync(::fileno(file_)) != 0 && errno != EINVAL) {
    return tl::unexpected(WriteError(path_, "flush to the disk", errno));
  }
  if (std::fclose(std::exchange(file_, nullptr)) != 0) {
    return tl::unexpected(WriteError(path_, "close", errno));
  }
  if (!replaces) return {};
  FP_RETURN_IF_ERROR(Rename(temporary_path_, path_));
  temporary_path_.clear();
  return SyncPath(ParentOf(path_));
}

Result<AtomicDirectory> AtomicDirectory::Create(const std::string& path, bool force) {
  AtomicDirectory directory;
  directory.path_ = path;
  while (directory.path_.size() > 1 && directory.path_.back() == '/') directory.path_.pop_back();
  directory.force_ = force;
  const std::string name = fs::path(directory.path_).filename().string();
  if (name.empty() || name == "." || name == "..") {
    return Fail(ErrorCode::kInvalidArgument, "'{}': expected the name of a folder to create", path);
  }
  if (Exists(directory.path_)) {
    if (!fs::is_directory(directory.path_)) {
      return Fail(ErrorCode::kExists, "{}: expected a folder or nothing, found a file", path);
    }
    if (!force) {
      return Fail(ErrorCode::kExists, "{}: exists already; choose another name, or use --force",
                  path);
    }
  }
  FP_RETURN_IF_ERROR(CreateParent(directory.path_));
  for (int attempt = 0; attempt < kMaxNames; ++attempt) {
    const std::string candidate = CandidateName(directory.path_, "partial", attempt);
    if (::mkdir(candidate.c_str(), 0777) == 0) {
      directory.working_path_ = candidate;
      return directory;
    }
    if (errno != EEXIST) break;
  }
  return tl::unexpected(WriteError(path, "create a working folder beside it", errno));
}

AtomicDirectory::AtomicDirectory(AtomicDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      working_path_(std::exchange(other.working_path_, {})),
      force_(other.force_) {}

AtomicDirectory& AtomicDirectory::operator=(AtomicDirectory&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  path_ = std::move(other.path_);
  working_path_ = std::exchange(other.working_path_, {});
  force_ = other.force_;
  return *this;
}

AtomicDirectory::~AtomicDirectory() { Discard(); }

void AtomicDirectory::Discard() {
  // Only ever the folder that Create() made; it may be gone already.
  std::error_code ignored;
  if (!working_path_.empty()) fs::remove_all(working_path_, ignored);
  working_path_.clear();
}

Status AtomicDirectory::Commit() {
  if (working_path_.empty()) return Fail(ErrorCode::kInternal, "{}: finished twice", path_);
  FP_RETURN_IF_ERROR(SyncTree(working_path_));
  std::string old;
  if (Exists(path_)) {
    if (!force_) {
      return Fail(ErrorCode::kExists, "{}: appeared while it was being made; use --force", path_);
    }
    for (int attempt = 0; old.empty() || Exists(old); ++attempt) {
      old = CandidateName(path_, "replaced", attempt);
    }
    FP_RETURN_IF_ERROR(Rename(path_, old));
  }
  if (auto status = Rename(working_path_, path_); !status) {
    if (!old.empty()) ::rename(old.c_str(), path_.c_str());  // put the old one back
    return status;
  }
  working_path_.clear();
  FP_RETURN_IF_ERROR(SyncPath(ParentOf(path_)));
  if (old.empty()) return {};
  std::error_code error;
  fs::remove_all(old, error);
  if (error) return tl::unexpected(WriteError(old, "remove the replaced folder", error.value()));
  return {};
}

}  // namespace fairprune
