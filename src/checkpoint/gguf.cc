#include "checkpoint/gguf.h"

#include <iterator>
#include <unordered_map>
#include <utility>

#include "checkpoint/gguf_parse.h"
#include "checkpoint/gguf_parts.h"
#include "io/mapped_file.h"

namespace fairprune {

struct GgufFile::Impl {
  std::vector<MappedFile> mapped;  // none after Parse(): the caller owns the bytes
  std::vector<std::string> files;
  int version = 0;
  std::map<std::string, GgufValue> metadata;  // the first file's
  std::vector<TensorEntry> entries;
  std::unordered_map<std::string_view, size_t> index;  // views the names in `entries`

  // The first, or only, file.
  Status AppendFirst(std::span<const std::byte> content, const std::string& source) {
    FP_ASSIGN_OR_RETURN(GgufContent file, ParseGguf(content, source));
    files = {source};
    version = file.version;
    metadata = std::move(file.metadata);
    entries = std::move(file.entries);
    return {};
  }

  Result<std::span<const std::byte>> Map(const std::string& path) {
    FP_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
    mapped.push_back(std::move(file));
    return mapped.back().bytes();
  }

  // Reads the other parts of a split model; nothing to do if it is in one file.
  Status AppendParts() {
    FP_ASSIGN_OR_RETURN(const GgufParts parts, FindGgufParts(metadata, files[0]));
    for (int64_t number = 1; number < parts.count; ++number) {
      const std::string path = parts.Path(number);
      auto content = Map(path);
      if (!content && content.error().code == ErrorCode::kNotFound) {
        return Fail(ErrorCode::kNotFound,
                    "{}: part {} of {} is missing: looked for {}; all parts must be in one folder",
                    files[0], number + 1, parts.count, path);
      }
      if (!content) return tl::unexpected(content.error());
      FP_ASSIGN_OR_RETURN(GgufContent part, ParseGguf(*content, path));
      FP_RETURN_IF_ERROR(CheckGgufPart(part.metadata, metadata, number, path));
      for (TensorEntry& entry : part.entries) entry.file_idx = static_cast<int32_t>(files.size());
      files.push_back(path);
      std::move(part.entries.begin(), part.entries.end(), std::back_inserter(entries));
    }
    const auto num_tensors = static_cast<int64_t>(entries.size());
    if (parts.count > 1 && num_tensors != parts.num_tensors) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: \"split.tensors.count\" says {} tensors, but the {} parts have {}", files[0],
                  parts.num_tensors, parts.count, num_tensors);
    }
    return {};
  }

  Status BuildIndex() {
    index.reserve(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto [found, inserted] = index.emplace(entries[i].name, i);
      if (!inserted) {
        return Fail(ErrorCode::kBadFormat, "{}: tensor \"{}\" is also in {}",
                    files[static_cast<size_t>(entries[i].file_idx)], entries[i].name,
                    files[static_cast<size_t>(entries[found->second].file_idx)]);
      }
    }
    return {};
  }

  // The value of `key`, or an error that names the file and the key.
  Result<const GgufValue*> Get(const std::string& key) const {
    const auto found = metadata.find(key);
    if (found == metadata.end()) {
      return Fail(ErrorCode::kNotFound, "{}: the metadata key \"{}\" is missing", files[0], key);
    }
    return &found->second;
  }

  tl::unexpected<Error> WrongType(const std::string& key, std::string_view expected) const {
    return Fail(ErrorCode::kBadFormat, "{}: the metadata key \"{}\" must be {}", files[0], key,
                expected);
  }
};

GgufFile::GgufFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GgufFile::~GgufFile() = default;

Result<std::unique_ptr<GgufFile>> GgufFile::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  FP_ASSIGN_OR_RETURN(const std::span<const std::byte> content, impl->Map(path));
  FP_RETURN_IF_ERROR(impl->AppendFirst(content, path));
  FP_RETURN_IF_ERROR(impl->AppendParts());
  FP_RETURN_IF_ERROR(impl->BuildIndex());
  return std::unique_ptr<GgufFile>(new GgufFile(std::move(impl)));
}

Result<std::unique_ptr<GgufFile>> GgufFile::Parse(std::span<const std::byte> content,
                                                  const std::string& source_name) {
  auto impl = std::make_unique<Impl>();
  FP_RETURN_IF_ERROR(impl->AppendFirst(content, source_name));
  FP_RETURN_IF_ERROR(impl->BuildIndex());
  return std::unique_ptr<GgufFile>(new GgufFile(std::move(impl)));
}

const std::vector<TensorEntry>& GgufFile::entries() const { return impl_->entries; }
const std::vector<std::string>& GgufFile::files() const { return impl_->files; }
int GgufFile::version() const { return impl_->version; }
const std::map<std::string, GgufValue>& GgufFile::metadata() const { return impl_->metadata; }
bool GgufFile::Has(const std::string& key) const { return impl_->metadata.contains(key); }

void GgufFile::ReleasePages(const TensorEntry& entry) const {
  for (const MappedFile& file : impl_->mapped) file.Release(entry.bytes);
}
void GgufFile::PrefetchPages(const TensorEntry& entry) const {
  for (const MappedFile& file : impl_->mapped) file.Prefetch(entry.bytes);
}

const TensorEntry* GgufFile::Find(const std::string& name) const {
  const auto found = impl_->index.find(name);
  return found == impl_->index.end() ? nullptr : &impl_->entries[found->second];
}

Result<int64_t> GgufFile::Int(const std::string& key) const {
  FP_ASSIGN_OR_RETURN(const GgufValue* value, impl_->Get(key));
  if (const auto* integer = std::get_if<int64_t>(value)) return *integer;
  return impl_->WrongType(key, "an integer");
}

Result<double> GgufFile::Double(const std::string& key) const {
  FP_ASSIGN_OR_RETURN(const GgufValue* value, impl_->Get(key));
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
  return impl_->WrongType(key, "a number");
}

Result<std::string> GgufFile::String(const std::string& key) const {
  FP_ASSIGN_OR_RETURN(const GgufValue* value, impl_->Get(key));
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  return impl_->WrongType(key, "a string");
}

}  // namespace fairprune
