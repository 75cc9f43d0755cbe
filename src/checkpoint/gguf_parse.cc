#include "checkpoint/gguf_parse.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_set>
#include <utility>

#include "checkpoint/byte_cursor.h"
#include "checkpoint/gguf_types.h"

namespace fairprune {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr size_t kMaxKeyBytes = 65535;   // the format's own bound
constexpr uint32_t kMaxDims = 4;
// Length, type and one byte of value.
constexpr size_t kMinMetadataBytes = 8 + 4 + 1;
// Name length, number of extents, type and offset.
constexpr size_t kMinTensorInfoBytes = 8 + 4 + 4 + 8;

using Type = GgufValueType;

// Bytes of one element in the file; a string's length field for strings.
size_t MinValueBytes(Type type) {
  switch (type) {
    case Type::kU8:
    case Type::kI8:
    case Type::kBool:
      return 1;
    case Type::kU16:
    case Type::kI16:
      return 2;
    case Type::kU32:
    case Type::kI32:
    case Type::kF32:
      return 4;
    case Type::kArray:
      return 12;
    default:
      return 8;
  }
}

bool IsInteger(Type type) { return type <= Type::kI32 || type == Type::kU64 || type == Type::kI64; }
bool IsFloat(Type type) { return type == Type::kF32 || type == Type::kF64; }

Result<Type> ReadType(ByteCursor& cursor, const std::string& key) {
  FP_ASSIGN_OR_RETURN(const uint32_t type, cursor.Read<uint32_t>(key));
  if (type > static_cast<uint32_t>(Type::kF64)) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: key \"{}\": there is no value type {}",
                cursor.source(), cursor.offset() - 4, key, type);
  }
  return static_cast<Type>(type);
}

template <typename T>
Result<int64_t> ReadWidened(ByteCursor& cursor, const std::string& key) {
  FP_ASSIGN_OR_RETURN(const T value, cursor.Read<T>(key));
  return static_cast<int64_t>(value);
}

Result<int64_t> ReadInteger(ByteCursor& cursor, Type type, const std::string& key) {
  switch (type) {
    case Type::kU8:
      return ReadWidened<uint8_t>(cursor, key);
    case Type::kI8:
      return ReadWidened<int8_t>(cursor, key);
    case Type::kU16:
      return ReadWidened<uint16_t>(cursor, key);
    case Type::kI16:
      return ReadWidened<int16_t>(cursor, key);
    case Type::kU32:
      return ReadWidened<uint32_t>(cursor, key);
    case Type::kI32:
      return ReadWidened<int32_t>(cursor, key);
    case Type::kI64:
      return cursor.Read<int64_t>(key);
    default:
      break;
  }
  FP_ASSIGN_OR_RETURN(const uint64_t value, cursor.Read<uint64_t>(key));
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Fail(ErrorCode::kBadFormat,
                "{}: offset {}: key \"{}\": {} is above the largest signed 64-bit integer",
                cursor.source(), cursor.offset() - 8, key, value);
  }
  return static_cast<int64_t>(value);
}

Result<double> ReadFloat(ByteCursor& cursor, Type type, const std::string& key) {
  if (type == Type::kF64) return cursor.Read<double>(key);
  FP_ASSIGN_OR_RETURN(const float value, cursor.Read<float>(key));
  return static_cast<double>(value);
}

Result<bool> ReadBool(ByteCursor& cursor, const std::string& key) {
  FP_ASSIGN_OR_RETURN(const uint8_t value, cursor.Read<uint8_t>(key));
  if (value > 1) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: key \"{}\": a boolean must be 0 or 1, is {}",
                cursor.source(), cursor.offset() - 1, key, value);
  }
  return value == 1;
}

// `count` values, each by `read`. The count is checked against the remaining bytes before.
template <typename T, typename ReadOne>
Result<GgufValue> ReadValues(uint64_t count, ReadOne read) {
  std::vector<T> values;
  values.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    FP_ASSIGN_OR_RETURN(T value, read());
    values.push_back(std::move(value));
  }
  return GgufValue(std::move(values));
}

Result<GgufValue> ReadArray(ByteCursor& cursor, const std::string& key) {
  FP_ASSIGN_OR_RETURN(const Type type, ReadType(cursor, key));
  if (type == Type::kArray) {
    return Fail(ErrorCode::kUnsupported, "{}: key \"{}\": arrays of arrays are not supported",
                cursor.source(), key);
  }
  FP_ASSIGN_OR_RETURN(const uint64_t count, cursor.ReadCount(key, MinValueBytes(type)));
  if (type == Type::kString) {
    return ReadValues<std::string_view>(count, [&] { return cursor.ReadString(key); });
  }
  if (type == Type::kBool) return ReadValues<bool>(count, [&] { return ReadBool(cursor, key); });
  if (IsFloat(type)) {
    return ReadValues<double>(count, [&] { return ReadFloat(cursor, type, key); });
  }
  return ReadValues<int64_t>(count, [&] { return ReadInteger(cursor, type, key); });
}

Result<GgufValue> ReadValue(ByteCursor& cursor, const std::string& key) {
  FP_ASSIGN_OR_RETURN(const Type type, ReadType(cursor, key));
  if (type == Type::kArray) return ReadArray(cursor, key);
  if (type == Type::kString) {
    FP_ASSIGN_OR_RETURN(const std::string_view text, cursor.ReadString(key));
    return GgufValue(std::string(text));
  }
  if (type == Type::kBool) {
    FP_ASSIGN_OR_RETURN(const bool value, ReadBool(cursor, key));
    return GgufValue(value);
  }
  if (IsInteger(type)) {
    FP_ASSIGN_OR_RETURN(const int64_t value, ReadInteger(cursor, type, key));
    return GgufValue(value);
  }
  FP_ASSIGN_OR_RETURN(const double value, ReadFloat(cursor, type, key));
  return GgufValue(value);
}

// A tensor as its directory entry describes it; `offset` counts from the start of the data.
struct TensorInfo {
  TensorEntry entry;
  uint64_t offset = 0;
  int64_t num_bytes = 0;
};

// Extents are stored innermost first; returns them outermost first.
Result<Shape> ReadShape(ByteCursor& cursor, const std::string& place) {
  FP_ASSIGN_OR_RETURN(const uint32_t num_dims, cursor.Read<uint32_t>(place));
  if (num_dims > kMaxDims) {
    return Fail(ErrorCode::kBadFormat, "{}: expected at most {} extents, found {}", place, kMaxDims,
                num_dims);
  }
  Shape shape(num_dims);
  for (uint32_t i = 0; i < num_dims; ++i) {
    FP_ASSIGN_OR_RETURN(const uint64_t extent, cursor.Read<uint64_t>(place));
    if (extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail(ErrorCode::kBadFormat, "{}: the extent {} overflows 63 bits", place, extent);
    }
    shape[num_dims - 1 - i] = static_cast<int64_t>(extent);
  }
  return shape;
}

Result<int64_t> NumBytes(const Shape& shape, DType dtype, const std::string& place) {
  const BlockLayout layout = LayoutOf(dtype);
  const int64_t row = shape.empty() ? 1 : shape.back();
  if (row % layout.elements != 0) {
    return Fail(ErrorCode::kBadFormat,
                "{}: rows of {} elements are not whole blocks of {} ({} elements)", place, row,
                NameOf(dtype), layout.elements);
  }
  int64_t num_bytes = row / layout.elements;
  bool overflows = __builtin_mul_overflow(num_bytes, layout.bytes, &num_bytes);
  int64_t num_elements = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    overflows |= __builtin_mul_overflow(num_elements, shape[i], &num_elements);
    if (i + 1 < shape.size()) {
      overflows |= __builtin_mul_overflow(num_bytes, shape[i], &num_bytes);
    }
  }
  if (overflows) {
    return Fail(ErrorCode::kBadFormat, "{}: the shape {} overflows 63 bits", place,
                ToString(shape));
  }
  return num_bytes;
}

Result<TensorInfo> ReadTensorInfo(ByteCursor& cursor) {
  TensorInfo info;
  FP_ASSIGN_OR_RETURN(const std::string_view name, cursor.ReadString("a tensor's name"));
  if (name.size() > kMaxKeyBytes) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: a tensor's name has {} bytes",
                cursor.source(), cursor.offset(), name.size());
  }
  info.entry.name = std::string(name);
  const std::string place = fmt::format("{}: tensor \"{}\"", cursor.source(), name);
  FP_ASSIGN_OR_RETURN(info.entry.shape, ReadShape(cursor, place));
  FP_ASSIGN_OR_RETURN(const uint32_t type, cursor.Read<uint32_t>(place));
  FP_ASSIGN_OR_RETURN(info.entry.dtype, DTypeFromGguf(type, place));
  FP_ASSIGN_OR_RETURN(info.offset, cursor.Read<uint64_t>(place));
  FP_ASSIGN_OR_RETURN(info.num_bytes, NumBytes(info.entry.shape, info.entry.dtype, place));
  return info;
}

Status CheckNoOverlap(const std::vector<TensorInfo>& infos, const std::string& source) {
  std::vector<const TensorInfo*> sorted;
  for (const TensorInfo& info : infos) {
    if (info.num_bytes > 0) sorted.push_back(&info);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const TensorInfo* a, const TensorInfo* b) { return a->offset < b->offset; });
  for (size_t i = 1; i < sorted.size(); ++i) {
    const TensorInfo& before = *sorted[i - 1];
    if (before.offset + static_cast<uint64_t>(before.num_bytes) > sorted[i]->offset) {
      return Fail(ErrorCode::kBadFormat, "{}: tensors \"{}\" and \"{}\" overlap", source,
                  before.entry.name, sorted[i]->entry.name);
    }
  }
  return {};
}

// Reads one file from its start, into `file`.
class Parser {
 public:
  Parser(std::span<const std::byte> content, const std::string& source)
      : content_(content), source_(source), cursor_(content, source) {}

  Result<GgufContent> Parse() {
    FP_RETURN_IF_ERROR(ReadVersion());
    FP_ASSIGN_OR_RETURN(const uint64_t num_tensors,
                        cursor_.ReadCount("the number of tensors", kMinTensorInfoBytes));
    FP_ASSIGN_OR_RETURN(const uint64_t num_keys,
                        cursor_.ReadCount("the number of metadata keys", kMinMetadataBytes));
    for (uint64_t i = 0; i < num_keys; ++i) FP_RETURN_IF_ERROR(ReadMetadata());
    FP_RETURN_IF_ERROR(
        cursor_.CheckCount(num_tensors, "the number of tensors", kMinTensorInfoBytes));
    std::vector<TensorInfo> infos;
    infos.reserve(static_cast<size_t>(num_tensors));
    for (uint64_t i = 0; i < num_tensors; ++i) {
      FP_ASSIGN_OR_RETURN(TensorInfo info, ReadTensorInfo(cursor_));
      infos.push_back(std::move(info));
    }
    FP_RETURN_IF_ERROR(CheckNames(infos));
    FP_RETURN_IF_ERROR(Place(infos));
    FP_RETURN_IF_ERROR(CheckNoOverlap(infos, source_));
    file_.entries.reserve(infos.size());
    for (TensorInfo& info : infos) file_.entries.push_back(std::move(info.entry));
    return std::move(file_);
  }

 private:
  Status ReadVersion() {
    FP_ASSIGN_OR_RETURN(const uint32_t magic, cursor_.Read<uint32_t>("the magic number"));
    if (magic != kMagic) {
      return Fail(ErrorCode::kBadFormat, "{}: expected the file to begin with \"GGUF\"", source_);
    }
    FP_ASSIGN_OR_RETURN(const uint32_t number, cursor_.Read<uint32_t>("the version"));
    if (number != 0 && (number & 0xFFFFU) == 0) {
      return Fail(ErrorCode::kUnsupported, "{}: big-endian GGUF; convert it to little-endian",
                  source_);
    }
    if (number != 2 && number != 3) {
      return Fail(ErrorCode::kUnsupported, "{}: GGUF version {}; versions 2 and 3 are supported",
                  source_, number);
    }
    file_.version = static_cast<int>(number);
    return {};
  }

  Status ReadMetadata() {
    FP_ASSIGN_OR_RETURN(const std::string_view name, cursor_.ReadString("a metadata key"));
    if (name.empty() || name.size() > kMaxKeyBytes) {
      return Fail(ErrorCode::kBadFormat, "{}: offset {}: a metadata key has {} bytes", source_,
                  cursor_.offset(), name.size());
    }
    const std::string key(name);
    FP_ASSIGN_OR_RETURN(GgufValue value, ReadValue(cursor_, key));
    if (!file_.metadata.emplace(key, std::move(value)).second) {
      return Fail(ErrorCode::kBadFormat, "{}: the key \"{}\" appears twice", source_, key);
    }
    return {};
  }

  Result<int64_t> Alignment() const {
    const auto found = file_.metadata.find("general.alignment");
    if (found == file_.metadata.end()) return kGgufDefaultAlignment;
    const auto* value = std::get_if<int64_t>(&found->second);
    constexpr int64_t kMaxAlignment = int64_t{1} << 31;
    if (value == nullptr || *value < 1 || *value > kMaxAlignment || (*value & (*value - 1)) != 0) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: \"general.alignment\" must be a power of two up to 2^31", source_);
    }
    return *value;
  }

  Status CheckNames(const std::vector<TensorInfo>& infos) const {
    std::unordered_set<std::string_view> names;
    names.reserve(infos.size());
    for (const TensorInfo& info : infos) {
      if (!names.insert(info.entry.name).second) {
        return Fail(ErrorCode::kBadFormat, "{}: two tensors named \"{}\"", source_,
                    info.entry.name);
      }
    }
    return {};
  }

  // Gives every tensor its bytes; the data begins at the first aligned offset after the directory.
  Status Place(std::vector<TensorInfo>& infos) const {
    FP_ASSIGN_OR_RETURN(const int64_t alignment_signed, Alignment());
    const auto alignment = static_cast<uint64_t>(alignment_signed);
    const uint64_t data_begin = (cursor_.offset() + alignment - 1) / alignment * alignment;
    const std::span<const std::byte> data =
        content_.subspan(static_cast<size_t>(std::min<uint64_t>(data_begin, content_.size())));
    for (TensorInfo& info : infos) {
      const auto num_bytes = static_cast<uint64_t>(info.num_bytes);
      if (info.offset % alignment != 0) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: tensor \"{}\": its offset {} is not a multiple of {}", source_,
                    info.entry.name, info.offset, alignment);
      }
      if (info.offset > data.size() || num_bytes > data.size() - info.offset) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: tensor \"{}\": {} bytes at offset {} end after the {} bytes of data; is "
                    "the file cut off?",
                    source_, info.entry.name, num_bytes, info.offset, data.size());
      }
      info.entry.bytes =
          data.subspan(static_cast<size_t>(info.offset), static_cast<size_t>(num_bytes));
    }
    return {};
  }

  std::span<const std::byte> content_;
  const std::string& source_;
  ByteCursor cursor_;
  GgufContent file_;
};

}  // namespace

Result<GgufContent> ParseGguf(std::span<const std::byte> content, const std::string& source) {
  return Parser(content, source).Parse();
}

}  // namespace fairprune
