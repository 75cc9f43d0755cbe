#include "checkpoint/checkpoint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "checkpoint/gguf_parts.h"
#include "io/hash.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

constexpr char kConfigName[] = "config.json";
constexpr char kSingleName[] = "model.safetensors";
constexpr char kIndexName[] = "model.safetensors.index.json";

bool HasExtension(const std::string& name, std::string_view extension) {
  return name.size() > extension.size() && name.ends_with(extension);
}

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Names in a folder, sorted; empty if it cannot be listed.
std::vector<std::string> ListNames(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> WithExtension(const std::vector<std::string>& names,
                                       std::string_view extension) {
  std::vector<std::string> found;
  std::copy_if(names.begin(), names.end(), std::back_inserter(found),
               [&](const std::string& name) { return HasExtension(name, extension); });
  return found;
}

// "nothing", or the first names.
std::string Describe(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  if (names.empty()) return "nothing";
  const size_t shown = std::min(names.size(), kShown);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

tl::unexpected<Error> NoWeights(const std::string& path, const std::vector<std::string>& names) {
  std::vector<std::string> pickles = WithExtension(names, ".bin");
  for (const char* extension : {".pt", ".pth"}) {
    for (std::string& name : WithExtension(names, extension)) pickles.push_back(std::move(name));
  }
  if (!pickles.empty()) {
    return Fail(ErrorCode::kUnsupported,
                "{}: found {} without {}; pickled weights are not read: load the model in "
                "transformers and save it with save_pretrained(..., safe_serialization=True)",
                path, Describe(pickles), kSingleName);
  }
  const std::vector<std::string> ggufs = WithExtension(names, ".gguf");
  const std::string hint =
      ggufs.empty() ? "" : fmt::format("; to use a GGUF file give its path: {}/{}", path, ggufs[0]);
  return Fail(ErrorCode::kNotFound, "{}: looked for {} or {}, found {}{}", path, kSingleName,
              kIndexName, Describe(names), hint);
}

tl::unexpected<Error> NotAModel(const std::string& path, const std::vector<std::string>& names) {
  const std::vector<std::string> ggufs = WithExtension(names, ".gguf");
  if (ggufs.size() > 1) {
    return Fail(ErrorCode::kInvalidArgument, "{}: several GGUF files ({}); give the path of one",
                path, Describe(ggufs));
  }
  return Fail(ErrorCode::kNotFound,
              "{}: not a model: looked for {} with {}, or one .gguf file; found {}", path,
              kConfigName, kSingleName, Describe(names));
}

Result<bool> BeginsAsGguf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kIo, "{}: cannot be read; check its permissions", path);
  char magic[4] = {};
  file.read(magic, sizeof(magic));
  return file.gcount() == sizeof(magic) && std::memcmp(magic, "GGUF", sizeof(magic)) == 0;
}

tl::unexpected<Error> NotAModelFile(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (HasExtension(name, ".safetensors") || HasExtension(name, ".json")) {
    const std::string parent = fs::path(path).parent_path().string();
    return Fail(ErrorCode::kInvalidArgument,
                "{}: is one file of a model; give the folder that holds it: {}", path,
                parent.empty() ? "." : parent);
  }
  return Fail(ErrorCode::kBadFormat,
              "{}: expected a GGUF file (it does not begin with \"GGUF\") or a folder with {} and "
              "{}",
              path, kConfigName, kSingleName);
}

// "HASH  NAME\n" for every file.
Result<std::string> HashLines(const std::vector<std::string>& files) {
  std::string lines;
  for (const std::string& file : files) {
    FP_ASSIGN_OR_RETURN(const std::string one, Sha256File(file));
    lines += fmt::format("{}  {}\n", one, fs::path(file).filename().string());
  }
  return lines;
}

}  // namespace

struct Checkpoint::Impl {
  Json config;
  std::unique_ptr<SafetensorsFile> safetensors;
  std::unique_ptr<GgufFile> gguf;
  std::mutex hash_mutex;
  std::string hash;  // guarded by hash_mutex; empty until computed

  Status OpenFolder(const std::string& path) {
    const fs::path folder(path);
    FP_ASSIGN_OR_RETURN(config, ReadJsonFile((folder / kConfigName).string()));
    if (!config.is_object()) {
      return Fail(ErrorCode::kBadFormat, "{}/{}: expected an object, found {}", path, kConfigName,
                  config.type_name());
    }
    if (IsFile(folder / kSingleName)) {
      FP_ASSIGN_OR_RETURN(safetensors, SafetensorsFile::Open((folder / kSingleName).string()));
      return {};
    }
    if (IsFile(folder / kIndexName)) {
      FP_ASSIGN_OR_RETURN(safetensors,
                          SafetensorsFile::OpenSharded((folder / kIndexName).string()));
      return {};
    }
    return NoWeights(path, ListNames(folder));
  }

  Status OpenGguf(const std::string& path) {
    FP_ASSIGN_OR_RETURN(gguf, GgufFile::Open(path));
    return {};
  }

  Result<std::string> ComputeHash(const std::string& path) const {
    if (gguf != nullptr && gguf->files().size() == 1) return Sha256File(gguf->files()[0]);
    std::vector<std::string> files = gguf != nullptr ? gguf->files() : safetensors->files();
    if (gguf == nullptr) files.push_back((fs::path(path) / kConfigName).string());
    std::sort(files.begin(), files.end());
    FP_ASSIGN_OR_RETURN(const std::string lines, HashLines(files));
    return Sha256(lines);
  }
};

Checkpoint::Checkpoint() : impl_(std::make_unique<Impl>()) {}
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;
Checkpoint::~Checkpoint() = default;

Result<Checkpoint> Checkpoint::Open(const std::string& path) {
  Checkpoint checkpoint;
  checkpoint.path_ = path;
  while (checkpoint.path_.size() > 1 && checkpoint.path_.back() == '/') {
    checkpoint.path_.pop_back();
  }
  const std::string& clean = checkpoint.path_;
  std::error_code error;
  const fs::file_status status = fs::status(clean, error);
  if (!fs::exists(status)) {
    return Fail(ErrorCode::kNotFound,
                "{}: no such file or folder; expected a model's folder or a .gguf file", path);
  }
  std::string gguf_path = clean;
  if (fs::is_directory(status)) {
    if (IsFile(fs::path(clean) / kConfigName)) {
      checkpoint.format_ = CheckpointFormat::kHuggingFace;
      FP_RETURN_IF_ERROR(checkpoint.impl_->OpenFolder(clean));
      return checkpoint;
    }
    const std::vector<std::string> names = ListNames(clean);
    const std::vector<std::string> ggufs = WithExtension(names, ".gguf");
    if (ggufs.size() != 1 && !AreGgufParts(ggufs)) return NotAModel(clean, names);
    gguf_path = (fs::path(clean) / ggufs[0]).string();
  }
  FP_ASSIGN_OR_RETURN(const bool is_gguf, BeginsAsGguf(gguf_path));
  if (!is_gguf) return NotAModelFile(gguf_path);
  checkpoint.format_ = CheckpointFormat::kGguf;
  FP_RETURN_IF_ERROR(checkpoint.impl_->OpenGguf(gguf_path));
  return checkpoint;
}

const TensorSource& Checkpoint::tensors() const {
  if (impl_->gguf != nullptr) return *impl_->gguf;
  return *impl_->safetensors;
}

const Json* Checkpoint::config() const {
  return format_ == CheckpointFormat::kHuggingFace ? &impl_->config : nullptr;
}

const GgufFile* Checkpoint::gguf() const { return impl_->gguf.get(); }

std::string Checkpoint::SideFile(const std::string& name) const {
  if (format_ == CheckpointFormat::kGguf) return "";
  const fs::path path = fs::path(path_) / name;
  return IsFile(path) ? path.string() : "";
}

Result<std::string> Checkpoint::ContentHash() const {
  const std::lock_guard lock(impl_->hash_mutex);
  if (impl_->hash.empty()) {
    FP_ASSIGN_OR_RETURN(impl_->hash, impl_->ComputeHash(path_));
  }
  return impl_->hash;
}

}  // namespace fairprune
