#include "checkpoint/gguf_write.h"

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

void AppendChange(std::string& out, const std::string& key, const GgufChanges& changes) {
  AppendString(out, key);
  const auto& value = changes.at(key);
  if (const auto* number = std::get_if<uint32_t>(&value)) {
    Append(out, static_cast<uint32_t>(GgufValueType::kU32));
    Append(out, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    Append(out, static_cast<uint32_t>(GgufValueType::kString));
    AppendString(out, *text);
  } else {
    const auto& list = std::get<std::vector<uint32_t>>(value);
    Append(out, static_cast<uint32_t>(GgufValueType::kArray));
    Append(out, static_cast<uint32_t>(GgufValueType::kU32));
    Append<uint64_t>(out, list.size());
    for (const uint32_t element : list) Append(out, element);
  }
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
      AppendChange(metadata.bytes, key, changes);
    } else {
      AppendString(metadata.bytes, key);
      metadata.bytes.append(reinterpret_cast<const char*>(file.data()) + begin,
                            cursor.offset() - begin);
    }
  }
  for (const auto& [key, value] : changes) {
    if (seen.contains(key)) continue;
    ++metadata.num_keys;
    AppendChange(metadata.bytes, key, changes);
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

Status WriteTensor(AtomicFile& file, const TensorToWrite& tensor, uint64_t alignment,
                   const std::string& path) {
  FP_ASSIGN_OR_RETURN(const uint64_t expected, NumBytes(tensor, path));
  uint64_t written = 0;
  FP_RETURN_IF_ERROR(tensor.produce([&](std::span<const std::byte> piece) {
    written += piece.size();
    return file.Write(piece);
  }));
  if (written != expected)
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": expected {} bytes, got {}", path,
                tensor.name, expected, written);
  return file.Write(std::string(AlignUp(written, alignment) - written, '\0'));
}

}  // namespace

Status WriteGguf(const std::string& path, const GgufFile& source, const GgufChanges& changes,
                 const std::vector<TensorToWrite>& tensors, const GgufPrefix& prefix) {
  FP_ASSIGN_OR_RETURN(const MappedFile first, MappedFile::Open(source.files().front()));
  FP_ASSIGN_OR_RETURN(const Metadata metadata,
                      CopyMetadata(first.bytes(), first.path(), changes, prefix));
  const Result<int64_t> stated = source.Int("general.alignment");
  const auto alignment = static_cast<uint64_t>(stated.value_or(kGgufDefaultAlignment));
  FP_ASSIGN_OR_RETURN(const std::string directory, Directory(tensors, alignment, path));
  std::string header = "GGUF";
  Append<uint32_t>(header, 3);
  Append<uint64_t>(header, tensors.size());
  Append(header, metadata.num_keys);
  header += metadata.bytes;
  header += directory;
  header.resize(AlignUp(header.size(), alignment), '\0');
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  FP_RETURN_IF_ERROR(file.Write(header));
  for (const TensorToWrite& tensor : tensors)
    FP_RETURN_IF_ERROR(WriteTensor(file, tensor, alignment, path));
  return file.Commit();
}

}  // namespace fairprune
