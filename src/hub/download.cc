#include "hub/download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "io/hash.h"
#include "io/system_error.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostDelayMs = 60'000;

bool MayPass(const HttpAnswer& answer) {
  constexpr int kPassing[] = {0, 408, 429, 500, 502, 503, 504};
  return std::ranges::find(kPassing, answer.status) != std::end(kPassing);
}

std::string Describe(const HttpAnswer& answer) {
  if (answer.status == 0) return answer.broken;
  return fmt::format("the answer {}{}", answer.status,
                     answer.error_code.empty() ? "" : " (" + answer.error_code + ")");
}

Status Wait(const HubConnection& connection, int64_t ms) {
  constexpr int64_t kStepMs = 100;
  for (int64_t waited = 0; waited < ms; waited += kStepMs) {
    if (connection.callbacks->poll) FP_RETURN_IF_ERROR(connection.callbacks->poll());
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(kStepMs, ms - waited)));
  }
  return {};
}

// A file that is written at its end.
class PartFile {
 public:
  static Result<PartFile> Open(const std::string& path) {
    PartFile file;
    file.path_ = path;
    file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file.descriptor_ < 0) return tl::unexpected(WriteError(path, "open for writing", errno));
    file.size_ = ::lseek(file.descriptor_, 0, SEEK_END);
    return file;
  }
  PartFile(PartFile&& other) noexcept
      : path_(std::move(other.path_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        size_(other.size_) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int64_t size() const { return size_; }

  Status Restart() {
    if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
      return tl::unexpected(WriteError(path_, "begin again", errno));
    }
    size_ = 0;
    return {};
  }

  Status Append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return tl::unexpected(WriteError(path_, "write", errno));
      bytes = bytes.subspan(static_cast<size_t>(written));
      size_ += written;
    }
    return {};
  }

  Status Flush() {
    if (::fsync(descriptor_) != 0 && errno != EINVAL) {
      return tl::unexpected(WriteError(path_, "flush to the disk", errno));
    }
    return {};
  }

 private:
  PartFile() = default;
  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

Status CheckSpace(const std::string& folder, int64_t needed) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || static_cast<int64_t>(space.available) >= needed) return {};
  return Fail(ErrorCode::kIo,
              "{}: {} bytes are needed and {} are free; make room, or set HF_HOME to another place",
              folder, needed, space.available);
}

// What the Hub says of the file's content.
Status CheckHash(const std::string& path, const HubFile& file, const std::string& what) {
  const bool is_sha256 = file.hash.size() == 64;
  FP_ASSIGN_OR_RETURN(const std::string found,
                      is_sha256 ? Sha256File(path) : GitBlobSha1File(path));
  if (found == file.hash) return {};
  return Fail(ErrorCode::kMismatch,
              "{}: what arrived has the {} {}, and the Hub's listing says {}; nothing was kept. "
              "Try again; if it stays so, something between here and the Hub changes the file",
              what, is_sha256 ? "SHA-256" : "git hash", found, file.hash);
}

// Brings the part file to the file's size. Returns the bytes that came over the net.
Result<int64_t> FetchRest(HubConnection& connection, PartFile& part, const std::string& url,
                          const HubFile& file, const std::string& what) {
  int64_t received = 0;
  HttpRequest request;
  request.url = url;
  request.begin = [&](const HttpAnswer& answer) -> Status {
    if (answer.status == 200) return part.Restart();
    if (answer.range_begin == part.size()) return {};
    return Fail(ErrorCode::kMismatch, "{}: asked for bytes from {} on, and the answer begins at {}",
                what, part.size(), answer.range_begin);
  };
  request.write = [&](std::span<const std::byte> bytes) -> Status {
    const auto count = static_cast<int64_t>(bytes.size());
    if (part.size() + count > file.size) {
      FP_RETURN_IF_ERROR(part.Restart());
      return Fail(ErrorCode::kMismatch, "{}: more arrives than the {} bytes of the Hub's listing",
                  what, file.size);
    }
    FP_RETURN_IF_ERROR(part.Append(bytes));
    received += count;
    if (!connection.callbacks->progress) return {};
    return connection.callbacks->progress(file.path, part.size(), file.size);
  };
  const auto offset = [&] { return part.size(); };
  for (int64_t before = -1; part.size() < file.size && part.size() > before;) {
    before = part.size();
    FP_ASSIGN_OR_RETURN(HttpAnswer answer, GetPatiently(connection, request, what, offset));
    if (answer.status == 416) {  // what is here is longer than what is there
      FP_RETURN_IF_ERROR(part.Restart());
      FP_ASSIGN_OR_RETURN(answer, GetPatiently(connection, request, what, offset));
    }
    if (answer.status != 200 && answer.status != 206) return RefusedBy(connection, answer, what);
  }
  if (part.size() == file.size) return received;
  return Fail(ErrorCode::kMismatch, "{}: {} bytes arrived, and the Hub's listing says {}", what,
              part.size(), file.size);
}

}  // namespace

Result<HttpAnswer> GetPatiently(HubConnection& connection, HttpRequest request,
                                const std::string& what, const std::function<int64_t()>& offset) {
  const HubSettings& settings = *connection.settings;
  request.token = settings.token;
  request.connect_seconds = settings.connect_seconds;
  request.stall_seconds = settings.stall_seconds;
  request.poll = connection.callbacks->poll;
  int64_t delay_ms = settings.first_delay_ms;
  int64_t farthest = offset ? offset() : 0;
  for (int attempt = 1;; ++attempt) {
    if (offset) request.offset = offset();
    FP_ASSIGN_OR_RETURN(const HttpAnswer answer, connection.client.Get(request));
    if (!MayPass(answer)) return answer;
    if (offset && offset() > farthest) {  // it came further than any attempt before
      farthest = offset();
      attempt = 1;
      delay_ms = settings.first_delay_ms;
    }
    if (attempt >= settings.attempts) {
      return Fail(ErrorCode::kIo, "{}: {} ({} attempts); the address was {}", what,
                  Describe(answer), attempt, request.url);
    }
    const int64_t wait_ms = answer.retry_after_s >= 0 ? answer.retry_after_s * 1000 : delay_ms;
    FP_RETURN_IF_ERROR(Wait(connection, std::min(wait_ms, kMostDelayMs)));
    delay_ms = std::min(delay_ms * 2, kMostDelayMs);
  }
}

tl::unexpected<Error> RefusedBy(const HubConnection& connection, const HttpAnswer& answer,
                                const std::string& what) {
  const HubSettings& settings = *connection.settings;
  const HubReference& reference = *connection.reference;
  const std::string said = Describe(answer);
  switch (answer.status) {
    case 401:
      return Fail(ErrorCode::kNotFound, "{}: {}: {}", what, said,
                  settings.token.empty()
                      ? "there is no such public model; if it is private or gated, set HF_TOKEN"
                      : "the Hub does not accept the token in HF_TOKEN for it");
    case 403:
      return Fail(ErrorCode::kNotFound,
                  "{}: {}: access is refused; if the model is gated, accept its conditions at "
                  "{}/{}, and set HF_TOKEN to a token of that account that may read it",
                  what, said, settings.endpoint, reference.repo);
    case 404:
      return Fail(ErrorCode::kNotFound,
                  "{}: {}: there is no such model, revision '{}' or file at {}", what, said,
                  reference.revision, settings.endpoint);
    default:
      return Fail(ErrorCode::kIo, "{}: {}", what, said);
  }
}

Result<int64_t> DownloadBlob(HubConnection& connection, const HubCache& cache,
                             const std::string& commit, const HubFile& file) {
  const std::string what = fmt::format("{}: {}", connection.reference->ToString(), file.path);
  const std::string path = cache.IncompletePath(file);
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return tl::unexpected(WriteError(path, "create the folder", error.value()));
  FP_ASSIGN_OR_RETURN(const BlobLock lock,
                      BlobLock::Acquire(cache, file, connection.callbacks->poll));
  if (cache.HasBlob(file)) return 0;  // another process fetched it meanwhile
  const std::string url =
      fmt::format("{}/{}/resolve/{}/{}", connection.settings->endpoint, connection.reference->repo,
                  commit, UrlEncode(file.path, true));
  int64_t received = 0;
  for (const bool last : {false, true}) {
    FP_ASSIGN_OR_RETURN(PartFile part, PartFile::Open(path));
    if (part.size() > file.size) FP_RETURN_IF_ERROR(part.Restart());
    const bool resumed = part.size() > 0;
    FP_RETURN_IF_ERROR(CheckSpace(fs::path(path).parent_path().string(), file.size - part.size()));
    FP_ASSIGN_OR_RETURN(const int64_t count, FetchRest(connection, part, url, file, what));
    received += count;
    FP_RETURN_IF_ERROR(part.Flush());
    const Status checked = CheckHash(path, file, what);
    if (checked) break;
    ::unlink(path.c_str());
    // What was left of an earlier try may have been another's: once more from the beginning.
    if (last || !resumed) return tl::unexpected(checked.error());
  }
  if (::rename(path.c_str(), cache.BlobPath(file).c_str()) != 0) {
    return tl::unexpected(WriteError(cache.BlobPath(file), "put the file in place", errno));
  }
  return received;
}

}  // namespace fairprune
