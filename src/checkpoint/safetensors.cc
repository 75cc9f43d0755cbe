#include "checkpoint/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "io/json.h"
#include "io/mapped_file.h"

namespace fairprune {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

// The bound that the reference implementation sets on the header, in bytes.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kLengthBytes = 8;

constexpr std::array kDTypes = {
    DType::kF64,    DType::kF32,    DType::kF16,        DType::kBF16,       DType::kI64,
    DType::kI32,    DType::kI16,    DType::kI8,         DType::kU8,         DType::kBool,
    DType::kF8E4M3, DType::kF8E5M2, DType::kF8E4M3Fnuz, DType::kF8E5M2Fnuz, DType::kF8E8M0,
    DType::kF4,     DType::kF6E2M3, DType::kF6E3M2,     DType::kU16,        DType::kU32,
    DType::kU64,    DType::kC64,
};

std::optional<DType> DTypeFromName(std::string_view name) {
  const auto* found = std::find_if(kDTypes.begin(), kDTypes.end(),
                                   [&](DType dtype) { return NameOf(dtype) == name; });
  if (found == kDTypes.end()) return std::nullopt;
  return *found;
}

// A non-negative integer that fits int64_t.
std::optional<int64_t> AsExtent(const Json& value) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > INT64_MAX) return std::nullopt;
  return value.get<int64_t>();
}

Result<DType> ParseDType(const Json& info, const std::string& place) {
  if (!info.contains("dtype")) {
    return Fail(ErrorCode::kBadFormat, "{}: \"dtype\" is missing", place);
  }
  FP_ASSIGN_OR_RETURN(const std::string name, GetString(info, "dtype", place));
  const std::optional<DType> dtype = DTypeFromName(name);
  if (dtype) return *dtype;
  std::vector<std::string_view> known;
  known.reserve(std::size(kDTypes));
  for (const DType each : kDTypes) known.push_back(NameOf(each));
  return Fail(ErrorCode::kUnsupported, "{}: dtype \"{}\" is not supported; supported are {}", place,
              name, fmt::join(known, ", "));
}

Result<Shape> ParseShape(const Json& info, const std::string& place) {
  const auto found = info.find("shape");
  if (found == info.end() || !found->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected \"shape\" to be an array, found {}", place,
                found == info.end() ? "none" : found->type_name());
  }
  Shape shape;
  for (const Json& extent : *found) {
    const std::optional<int64_t> value = AsExtent(extent);
    if (!value) {
      return Fail(ErrorCode::kBadFormat, "{}: expected extents >= 0 in \"shape\", found {}", place,
                  DumpJson(extent, -1));
    }
    shape.push_back(*value);
  }
  return shape;
}

struct Range {
  int64_t begin = 0, end = 0;
};

Result<Range> ParseOffsets(const Json& info, const std::string& place) {
  const auto found = info.find("data_offsets");
  if (found != info.end() && found->is_array() && found->size() == 2) {
    const std::optional<int64_t> begin = AsExtent((*found)[0]);
    const std::optional<int64_t> end = AsExtent((*found)[1]);
    if (begin && end && *begin <= *end) return Range{*begin, *end};
  }
  return Fail(ErrorCode::kBadFormat,
              "{}: expected \"data_offsets\" to be [begin, end] with 0 <= begin <= end, found {}",
              place, found == info.end() ? "none" : DumpJson(*found, -1));
}

// Bytes of a tensor.
Result<int64_t> NumBytes(const Shape& shape, DType dtype, const std::string& place) {
  const BlockLayout layout = LayoutOf(dtype);
  int64_t num_elements = 1;
  int64_t product = 0;
  bool overflows = false;
  for (const int64_t extent : shape) {
    overflows |= __builtin_mul_overflow(num_elements, extent, &num_elements);
  }
  overflows |= __builtin_mul_overflow(num_elements, layout.bytes, &product);
  if (overflows) {
    return Fail(ErrorCode::kBadFormat, "{}: the shape {} overflows 64 bits", place,
                ToString(shape));
  }
  if (num_elements % layout.elements != 0) {
    return Fail(ErrorCode::kBadFormat,
                "{}: {} elements of {} are not whole bytes; expected a multiple of {}", place,
                num_elements, NameOf(dtype), layout.elements);
  }
  return product / layout.elements;
}

Result<TensorEntry> ParseTensor(const std::string& name, const Json& info,
                                std::span<const std::byte> data, const std::string& place) {
  if (!info.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", place, info.type_name());
  }
  TensorEntry entry;
  entry.name = name;
  FP_ASSIGN_OR_RETURN(entry.dtype, ParseDType(info, place));
  FP_ASSIGN_OR_RETURN(entry.shape, ParseShape(info, place));
  FP_ASSIGN_OR_RETURN(const Range range, ParseOffsets(info, place));
  FP_ASSIGN_OR_RETURN(const int64_t num_bytes, NumBytes(entry.shape, entry.dtype, place));
  if (range.end > static_cast<int64_t>(data.size())) {
    return Fail(ErrorCode::kBadFormat,
                "{}: data_offsets [{}, {}] end after the {} bytes of data; is the file cut off?",
                place, range.begin, range.end, data.size());
  }
  if (range.end - range.begin != num_bytes) {
    return Fail(ErrorCode::kBadFormat,
                "{}: shape {} of {} needs {} bytes, but data_offsets [{}, {}] hold {}", place,
                ToString(entry.shape), NameOf(entry.dtype), num_bytes, range.begin, range.end,
                range.end - range.begin);
  }
  entry.bytes =
      data.subspan(static_cast<size_t>(range.begin), static_cast<size_t>(range.end - range.begin));
  return entry;
}

Result<StringMap> ParseMetadata(const Json& metadata, const std::string& source) {
  if (!metadata.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: \"__metadata__\": expected an object, found {}", source,
                metadata.type_name());
  }
  StringMap map;
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string()) {
      return Fail(ErrorCode::kBadFormat, "{}: \"__metadata__\": \"{}\" must be a string, found {}",
                  source, key, value.type_name());
    }
    map[key] = value.get<std::string>();
  }
  return map;
}

// The tensors must tile the data: in order of offsets each begins where the one before ended, and
// the last ends at the end of the file. Sorts `entries` so.
Status CheckTiling(std::vector<TensorEntry>& entries, std::span<const std::byte> data,
                   const std::string& source) {
  std::stable_sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    if (a.bytes.data() != b.bytes.data()) return a.bytes.data() < b.bytes.data();
    return a.bytes.size() < b.bytes.size();  // an empty one before its neighbour
  });
  size_t expected = 0;
  for (const TensorEntry& entry : entries) {
    const auto begin = static_cast<size_t>(entry.bytes.data() - data.data());
    if (begin != expected) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: tensor \"{}\": {} at byte {} of the data: the tensor before it ends at {}",
                  source, entry.name, begin < expected ? "overlap" : "hole", begin, expected);
    }
    expected = begin + entry.bytes.size();
  }
  if (expected != data.size()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: {} bytes after the last tensor; expected the file to "
                "end there",
                source, data.size() - expected);
  }
  return {};
}

struct ParsedFile {
  std::vector<TensorEntry> entries;
  StringMap metadata;
};

// The text of the header.
Result<std::string_view> HeaderText(std::span<const std::byte> content, const std::string& source) {
  if (content.size() < kLengthBytes) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected at least 8 bytes (the header's length), found {}; is the file cut "
                "off?",
                source, content.size());
  }
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, content.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes) {
    return Fail(ErrorCode::kBadFormat,
                "{}: the header's length is {} bytes, above the format's limit of {}; is this a "
                "safetensors file?",
                source, header_bytes, kMaxHeaderBytes);
  }
  if (header_bytes > content.size() - kLengthBytes) {
    return Fail(ErrorCode::kBadFormat,
                "{}: the header's length is {} bytes, but only {} follow; is the file cut off?",
                source, header_bytes, content.size() - kLengthBytes);
  }
  const std::string_view header(reinterpret_cast<const char*>(content.data()) + kLengthBytes,
                                static_cast<size_t>(header_bytes));
  if (header.empty() || header.front() != '{') {
    return Fail(ErrorCode::kBadFormat, "{}: expected the header to begin with '{{', found {}",
                source, header.empty() ? "nothing" : "another byte");
  }
  return header;
}

Result<ParsedFile> ParseContent(std::span<const std::byte> content, const std::string& source,
                                int32_t file_idx) {
  FP_ASSIGN_OR_RETURN(const std::string_view text, HeaderText(content, source));
  FP_ASSIGN_OR_RETURN(const Json header, ParseJson(text, source + ": header"));
  const std::span<const std::byte> data = content.subspan(kLengthBytes + text.size());
  ParsedFile file;
  file.entries.reserve(header.size());
  for (const auto& [name, info] : header.items()) {
    if (name == "__metadata__") {
      FP_ASSIGN_OR_RETURN(file.metadata, ParseMetadata(info, source));
      continue;
    }
    const std::string place = fmt::format("{}: tensor \"{}\"", source, name);
    FP_ASSIGN_OR_RETURN(TensorEntry entry, ParseTensor(name, info, data, place));
    entry.file_idx = file_idx;
    file.entries.push_back(std::move(entry));
  }
  FP_RETURN_IF_ERROR(CheckTiling(file.entries, data, source));
  return file;
}

}  // namespace

struct SafetensorsFile::Impl {
  std::vector<MappedFile> mapped;
  std::vector<std::string> files;
  std::vector<TensorEntry> entries;
  std::unordered_map<std::string_view, size_t> index;  // views the names in `entries`
  StringMap metadata;

  // Appends a parsed file; entries view `content`, which must outlive this.
  Status Append(std::span<const std::byte> content, const std::string& source) {
    FP_ASSIGN_OR_RETURN(ParsedFile file,
                        ParseContent(content, source, static_cast<int32_t>(files.size())));
    if (files.empty()) metadata = std::move(file.metadata);
    files.push_back(source);
    std::move(file.entries.begin(), file.entries.end(), std::back_inserter(entries));
    return {};
  }

  Status AppendMapped(const std::string& path) {
    FP_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
    mapped.push_back(std::move(file));
    return Append(mapped.back().bytes(), path);
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
};

namespace {

// The weight map of an index file: tensor name → file name, the latter checked to be a plain name.
Result<StringMap> ReadWeightMap(const std::string& index_path) {
  FP_ASSIGN_OR_RETURN(const Json json, ReadJsonFile(index_path));
  const bool usable = json.is_object() && json.contains("weight_map") &&
                      json.find("weight_map")->is_object() && !json.find("weight_map")->empty();
  if (!usable) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected an object with a non-empty \"weight_map\" of tensor names to file "
                "names",
                index_path);
  }
  StringMap map;
  for (const auto& [tensor, file] : json.find("weight_map")->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    const bool plain = !name.empty() && name != "." && name != ".." &&
                       name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
    if (!plain) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: \"weight_map\": tensor \"{}\": expected the name of a file in the same "
                  "folder, found {}",
                  index_path, tensor, DumpJson(file, -1));
    }
    map[tensor] = name;
  }
  return map;
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsFile::~SafetensorsFile() = default;

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  FP_RETURN_IF_ERROR(impl->AppendMapped(path));
  FP_RETURN_IF_ERROR(impl->BuildIndex());
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(impl)));
}

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Parse(std::span<const std::byte> content,
                                                                const std::string& source_name) {
  auto impl = std::make_unique<Impl>();
  FP_RETURN_IF_ERROR(impl->Append(content, source_name));
  FP_RETURN_IF_ERROR(impl->BuildIndex());
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(impl)));
}

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::OpenSharded(
    const std::string& index_path) {
  FP_ASSIGN_OR_RETURN(const StringMap weight_map, ReadWeightMap(index_path));
  std::set<std::string> shards;
  for (const auto& [tensor, file] : weight_map) shards.insert(file);
  auto impl = std::make_unique<Impl>();
  const std::filesystem::path folder = std::filesystem::path(index_path).parent_path();
  for (const std::string& shard : shards) {
    const std::string path = (folder / shard).string();
    if (auto status = impl->AppendMapped(path); !status) {
      if (status.error().code != ErrorCode::kNotFound) return tl::unexpected(status.error());
      return Fail(ErrorCode::kNotFound, "{}: names the file {}, which is not there; download it",
                  index_path, shard);
    }
  }
  FP_RETURN_IF_ERROR(impl->BuildIndex());
  for (const auto& [tensor, file] : weight_map) {
    const auto found = impl->index.find(tensor);
    const std::string path = (folder / file).string();
    if (found == impl->index.end() ||
        impl->files[static_cast<size_t>(impl->entries[found->second].file_idx)] != path) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: \"weight_map\" puts tensor \"{}\" into {}, which does not have it",
                  index_path, tensor, file);
    }
  }
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(impl)));
}

const std::vector<TensorEntry>& SafetensorsFile::entries() const { return impl_->entries; }
const std::vector<std::string>& SafetensorsFile::files() const { return impl_->files; }
const StringMap& SafetensorsFile::metadata() const { return impl_->metadata; }

void SafetensorsFile::ReleasePages(const TensorEntry& entry) const {
  for (const MappedFile& file : impl_->mapped) file.Release(entry.bytes);
}
void SafetensorsFile::PrefetchPages(const TensorEntry& entry) const {
  for (const MappedFile& file : impl_->mapped) file.Prefetch(entry.bytes);
}

const TensorEntry* SafetensorsFile::Find(const std::string& name) const {
  const auto found = impl_->index.find(name);
  return found == impl_->index.end() ? nullptr : &impl_->entries[found->second];
}

}  // namespace fairprune
