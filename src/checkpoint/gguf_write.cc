#include "checkpoint/gguf_write.h"

#include <functional>
#include <unordered_set>

#include "checkpoint/byte_cursor.h"
#include "checkpoint/gguf_parse.h"
#include "checkpoint/gguf_types.h"
#include "io/atomic_output.h"
#include "io/mapped_file.h"

namespace fairprune {
namespace {

template <typename T>
void Append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendString(std::string& out, std::string_view text) {
  Append<uint64_t>(out, text.size());
  out += text;
}

// Bytes of a value of fixed size; 0 for strings and arrays.
size_t FixedBytes(GgufValueType type) {
  switch (type) {
    case GgufValueType::kU8:
    case GgufValueType::kI8:
    case GgufValueType::kBool:
      return 1;
    case GgufValueType::kU16:
    case GgufValueType::kI16:
      return 2;
    case GgufValueType::kU32:
    case GgufValueType::kI32:
    case GgufValueType::kF32:
      return 4;
    case GgufValueType::kU64:
    case GgufValueType::kI64:
    case GgufValueType::kF64:
      return 8;
    default:
      return 0;
  }
}

Status SkipOne(ByteCursor& cursor, GgufValueType type, const std::string& key) {
  if (type == GgufValueType::kString) {
    FP_RETURN_IF_ERROR(cursor.ReadString(key));
    return {};
  }
  for (size_t i = 0; i < FixedBytes(type); ++i) FP_RETURN_IF_ERROR(cursor.Read<uint8_t>(key));
  return {};
}

// Behind the type of a value: its end.
Status SkipValue(ByteCursor& cursor, GgufValueType type, const std::string& key) {
  if (type != GgufValueType::kArray) return SkipOne(cursor, type, key);
  FP_ASSIGN_OR_RETURN(const uint32_t element, cursor.Read<uint32_t>(key));
  FP_ASSIGN_OR_RETURN(const uint64_t count, cursor.Read<uint64_t>(key));
  for (uint64_t i = 0; i < count; ++i)
    FP_RETURN_IF_ERROR(SkipOne(cursor, static_cast<GgufValueType>(element), key));
  return {};
}

void AppendType(std::string& out, GgufValueType type) { Append(out, static_cast<uint32_t>(type)); }

void AppendArray(std::string& out, GgufValueType element, size_t count) {
  AppendType(out, GgufValueType::kArray);
  AppendType(out, element);
  Append<uint64_t>(out, count);
}

// Type and value.
struct ValueAppender {
  std::string& out;
  void operator()(uint32_t value) const {
    AppendType(out, GgufValueType::kU32);
    Append(out, value);
  }
  void operator()(float value) const {
    AppendType(out, GgufValueType::kF32);
    Append(out, value);
  }
  void operator()(bool value) const {
    AppendType(out, GgufValueType::kBool);
    Append<uint8_t>(out, value ? 1 : 0);
  }
  void operator()(const std::string& value) const {
    AppendType(out, GgufValueType::kString);
    AppendString(out, value);
  }
  void operator()(const std::vector<std::string>& values) const {
    AppendArray(out, GgufValueType::kString, values.size());
    for (const std::string& value : values) AppendString(out, value);
  }
  void operator()(const std::vector<float>& values) const {
    AppendArray(out, GgufValueType::kF32, values.size());
    for (const float value : values) Append(out, value);
  }
  void operator()(const std::vector<int32_t>& values) const {
    AppendArray(out, GgufValueType::kI32, values.size());
    for (const int32_t value : values) Append(out, value);
  }
  void operator()(const std::vector<uint32_t>& values) const {
    AppendArray(out, GgufValueType::kU32, values.size());
    for (const uint32_t value : values) Append(out, value);
  }
};

void AppendKey(std::string& out, const std::string& key, const GgufNewValue& value) {
  AppendString(out, key);
  std::visit(ValueAppender{out}, value);
}

struct Metadata {
  uint64_t num_keys = 0;
  std::string bytes;
};

// The keys of a file that was read already, changed. Arrays of arrays have been refused by then.
Result<Metadata> CopyMetadata(std::span<const std::byte> file, const std::string& path,
                              const GgufChanges& changes, const GgufPrefix& prefix) {
  ByteCursor cursor(file, path);
  FP_RETURN_IF_ERROR(cursor.Read<uint64_t>("start"));  // magic and version
  FP_RETURN_IF_ERROR(cursor.Read<uint64_t>("number of tensors"));
  FP_ASSIGN_OR_RETURN(const uint64_t num_keys, cursor.Read<uint64_t>("number of keys"));
  Metadata metadata;
  std::unordered_set<std::string> seen;
  for (uint64_t i = 0; i < num_keys; ++i) {
    FP_ASSIGN_OR_RETURN(const std::string_view name, cursor.ReadString("key"));
    std::string key(name);
    if (!prefix.from.empty() && key.starts_with(prefix.from))
      key.replace(0, prefix.from.size(), prefix.to);
    const size_t begin = cursor.offset();
    FP_ASSIGN_OR_RETURN(const uint32_t type, cursor.Read<uint32_t>(key));
    FP_RETURN_IF_ERROR(SkipValue(cursor, static_cast<GgufValueType>(type), key));
    if (key.starts_with("split.")) continue;
    ++metadata.num_keys;
    seen.insert(key);
    if (changes.contains(key)) {
      AppendKey(metadata.bytes, key, changes.at(key));
    } else {
      AppendString(metadata.bytes, key);
      metadata.bytes.append(reinterpret_cast<const char*>(file.data()) + begin,
                            cursor.offset() - begin);
    }
  }
  for (const auto& [key, value] : changes) {
    if (seen.contains(key)) continue;
    ++metadata.num_keys;
    AppendKey(metadata.bytes, key, value);
  }
  return metadata;
}

Result<uint64_t> NumBytes(const TensorToWrite& tensor, const std::string& path) {
  const BlockLayout layout = LayoutOf(tensor.dtype);
  const int64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (GgufTypeOf(tensor.dtype) < 0)
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": GGUF cannot hold {}", path,
                tensor.name, NameOf(tensor.dtype));
  if (row % layout.elements != 0)
    return Fail(ErrorCode::kInvalidArgument,
                "{}: tensor \"{}\": rows of {} elements are not whole blocks of {} ({} elements)",
                path, tensor.name, row, NameOf(tensor.dtype), layout.elements);
  return static_cast<uint64_t>(NumElements(tensor.shape) / layout.elements * layout.bytes);
}

uint64_t AlignUp(uint64_t size, uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

// The tensors' directory; offsets count from the start of the data.
Result<std::string> Directory(const std::vector<TensorToWrite>& tensors, uint64_t alignment,
                              const std::string& path) {
  std::string directory;
  std::unordered_set<std::string> names;
  uint64_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      return Fail(ErrorCode::kInvalidArgument, "{}: two tensors named \"{}\"", path, tensor.name);
    FP_ASSIGN_OR_RETURN(const uint64_t num_bytes, NumBytes(tensor, path));
    AppendString(directory, tensor.name);
    Append(directory, static_cast<uint32_t>(tensor.shape.size()));
    for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend(); ++extent)
      Append(directory, static_cast<uint64_t>(*extent));
    Append(directory, static_cast<uint32_t>(GgufTypeOf(tensor.dtype)));
    Append(directory, offset);
    offset = AlignUp(offset + num_bytes, alignment);
  }
  return directory;
}

using Sink = std::function<Status(std::span<const std::byte>)>;

Status WriteTensor(const TensorToWrite& tensor, uint64_t alignment, const std::string& path,
                   const Sink& sink) {
  FP_ASSIGN_OR_RETURN(const uint64_t expected, NumBytes(tensor, path));
  uint64_t written = 0;
  FP_RETURN_IF_ERROR(tensor.produce([&](std::span<const std::byte> piece) {
    written += piece.size();
    return sink(piece);
  }));
  if (written != expected)
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": expected {} bytes, got {}", path,
                tensor.name, expected, written);
  const std::vector<std::byte> padding(AlignUp(written, alignment) - written);
  return sink(padding);
}

// The whole file, piece by piece.
Status WriteParts(const std::string& path, const Metadata& metadata, uint64_t alignment,
                  const std::vector<TensorToWrite>& tensors, const Sink& sink) {
  FP_ASSIGN_OR_RETURN(const std::string directory, Directory(tensors, alignment, path));
  std::string header = "GGUF";
  Append<uint32_t>(header, 3);
  Append<uint64_t>(header, tensors.size());
  Append(header, metadata.num_keys);
  header += metadata.bytes;
  header += directory;
  header.resize(AlignUp(header.size(), alignment), '\0');
  FP_RETURN_IF_ERROR(sink(std::as_bytes(std::span(header))));
  for (const TensorToWrite& tensor : tensors)
    FP_RETURN_IF_ERROR(WriteTensor(tensor, alignment, path, sink));
  return {};
}

Status WriteFile(const std::string& path, const Metadata& metadata, uint64_t alignment,
                 const std::vector<TensorToWrite>& tensors) {
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  FP_RETURN_IF_ERROR(
      WriteParts(path, metadata, alignment, tensors,
                 [&](std::span<const std::byte> piece) { return file.Write(piece); }));
  return file.Commit();
}

Metadata MetadataOf(const GgufKeys& keys) {
  Metadata metadata{.num_keys = keys.size()};
  for (const auto& [key, value] : keys) AppendKey(metadata.bytes, key, value);
  return metadata;
}

}  // namespace

Status WriteGguf(const std::string& path, const GgufFile& source, const GgufChanges& changes,
                 const std::vector<TensorToWrite>& tensors, const GgufPrefix& prefix) {
  FP_ASSIGN_OR_RETURN(const MappedFile first, MappedFile::Open(source.files().front()));
  FP_ASSIGN_OR_RETURN(const Metadata metadata,
                      CopyMetadata(first.bytes(), first.path(), changes, prefix));
  const Result<int64_t> stated = source.Int("general.alignment");
  return WriteFile(path, metadata, static_cast<uint64_t>(stated.value_or(kGgufDefaultAlignment)),
                   tensors);
}

Status WriteNewGguf(const std::string& path, const GgufKeys& keys,
                    const std::vector<TensorToWrite>& tensors) {
  return WriteFile(path, MetadataOf(keys), kGgufDefaultAlignment, tensors);
}

Result<std::string> NewGgufBytes(const std::string& source_name, const GgufKeys& keys,
                                 const std::vector<TensorToWrite>& tensors) {
  std::string bytes;
  FP_RETURN_IF_ERROR(WriteParts(source_name, MetadataOf(keys), kGgufDefaultAlignment, tensors,
                                [&](std::span<const std::byte> piece) -> Status {
                                  bytes.append(reinterpret_cast<const char*>(piece.data()),
                                               piece.size());
                                  return {};
                                }));
  return bytes;
}

}  // namespace fairprune
