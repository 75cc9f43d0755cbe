#include "hub/cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/text.h"
#include "io/atomic_output.h"
#include "io/json.h"
#include "io/system_error.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

Status MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return tl::unexpected(WriteError(path.string(), "create the folder", error.value()));
  return {};
}

// Whether a folder holds config and all weights, and a tokenizer if asked for.
bool HoldsModel(const fs::path& folder, bool with_tokenizer) {
  if (!IsFile(folder / "config.json")) return false;
  const bool tokenizer = IsFile(folder / "tokenizer.json") || IsFile(folder / "tokenizer.model");
  if (with_tokenizer && !tokenizer) return false;
  if (IsFile(folder / "model.safetensors")) return true;
  const fs::path index = folder / "model.safetensors.index.json";
  const Result<std::string> text = ReadTextFile(index.string());
  if (!text) return false;
  // Whatever the folder has stands for the repository's listing.
  HubListing listing;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (IsFile(entry->path())) {
      listing.files.push_back({.path = entry->path().filename().string(), .size = 0, .hash = {}});
    }
  }
  return ShardsOf(*text, {.path = "model.safetensors.index.json", .size = 0, .hash = {}}, listing,
                  index.string())
      .has_value();
}

}  // namespace

bool IsCommit(const std::string& text) {
  return text.size() == 40 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

HubCache::HubCache(const std::string& cache, const std::string& repo)
    : cache_(cache), name_("models--" + ReplaceAll(repo, "/", "--")) {
  folder_ = cache_ + "/" + name_;
}

std::string HubCache::BlobPath(const HubFile& file) const {
  return folder_ + "/blobs/" + file.hash;
}

std::string HubCache::IncompletePath(const HubFile& file) const {
  return BlobPath(file) + ".incomplete";
}

std::string HubCache::SnapshotPath(const std::string& commit, const std::string& path) const {
  return folder_ + "/snapshots/" + commit + (path.empty() ? "" : "/" + path);
}

std::optional<std::string> HubCache::CommitOf(const std::string& revision) const {
  if (IsCommit(revision)) return revision;
  const Result<std::string> text = ReadTextFile(folder_ + "/refs/" + revision);
  if (!text) return std::nullopt;
  const std::string commit = text->substr(0, text->find_last_not_of(" \r\n") + 1);
  if (!IsCommit(commit)) return std::nullopt;
  return commit;
}

Status HubCache::WriteRef(const std::string& revision, const std::string& commit) const {
  if (IsCommit(revision) || CommitOf(revision) == commit) return {};
  return WriteFileAtomically(folder_ + "/refs/" + revision, commit);
}

std::optional<std::string> HubCache::FindModel(const HubReference& reference,
                                               const std::string& commit,
                                               bool with_tokenizer) const {
  const fs::path path(SnapshotPath(commit, reference.path));
  if (IsFile(path) || HoldsModel(path, with_tokenizer)) return path.string();
  // A repository of GGUF files: the one that is there, if it is one.
  std::vector<std::string> ggufs;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".gguf" && IsFile(entry->path())) {
      ggufs.push_back(entry->path().string());
    }
  }
  if (ggufs.size() != 1 || IsFile(path / "config.json")) return std::nullopt;
  return ggufs.front();
}

bool HubCache::HasBlob(const HubFile& file) const {
  std::error_code error;
  const auto size = fs::file_size(BlobPath(file), error);
  return !error && static_cast<int64_t>(size) == file.size;
}

bool HubCache::HasLink(const std::string& commit, const HubFile& file) const {
  std::error_code error;
  const auto size = fs::file_size(SnapshotPath(commit, file.path), error);
  return !error && static_cast<int64_t>(size) == file.size;
}

Status HubCache::Link(const std::string& commit, const HubFile& file) const {
  const fs::path link(SnapshotPath(commit, file.path));
  FP_RETURN_IF_ERROR(MakeFolder(link.parent_path()));
  const auto depth = std::count(file.path.begin(), file.path.end(), '/');
  std::string target;
  for (std::ptrdiff_t i = 0; i < depth; ++i) target += "../";
  target += "../../blobs/" + file.hash;
  const std::string temporary = fmt::format("{}.partial-{}", link.string(), ::getpid());
  ::unlink(temporary.c_str());
  if (::symlink(target.c_str(), temporary.c_str()) != 0) {
    return tl::unexpected(WriteError(link.string(), "make the symbolic link", errno));
  }
  if (::rename(temporary.c_str(), link.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return tl::unexpected(WriteError(link.string(), "put the symbolic link in place", reason));
  }
  return {};
}

Result<BlobLock> BlobLock::Acquire(const HubCache& cache, const HubFile& file,
                                   const std::function<Status()>& poll) {
  const fs::path path = fs::path(cache.cache_) / ".locks" / cache.name_ / (file.hash + ".lock");
  FP_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  BlobLock lock;
  lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.descriptor_ < 0) {
    return tl::unexpected(WriteError(path.string(), "open the lock", errno));
  }
  constexpr auto kBetweenTries = std::chrono::milliseconds(100);
  while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    // A file system without locks: the content's hash is checked in any case.
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    if (poll) FP_RETURN_IF_ERROR(poll());
    std::this_thread::sleep_for(kBetweenTries);
  }
  return lock;
}

BlobLock::BlobLock(BlobLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

BlobLock& BlobLock::operator=(BlobLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

BlobLock::~BlobLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace fairprune
