// Reads little-endian values from const bytes, never past their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace fairprune {

// Views `bytes`; errors name `source` and the offset.
class ByteCursor {
 public:
  ByteCursor(std::span<const std::byte> bytes, std::string source)
      : bytes_(bytes), source_(std::move(source)) {}

  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }
  const std::string& source() const { return source_; }

  // `what` names the value in errors.
  template <typename T>
  Result<T> Read(std::string_view what) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);
    if (remaining() < sizeof(T)) return CutOff(what, sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  // A u64 length and that many bytes; the view lives as long as the bytes.
  Result<std::string_view> ReadString(std::string_view what) {
    FP_ASSIGN_OR_RETURN(const uint64_t length, Read<uint64_t>(what));
    if (length > remaining()) return CutOff(what, length);
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + offset_;
    offset_ += static_cast<size_t>(length);
    return std::string_view(begin, static_cast<size_t>(length));
  }

  // A u64 count of items that take at least `min_item_bytes` each: a count that cannot be true is
  // refused before anything is allocated for it.
  Result<uint64_t> ReadCount(std::string_view what, size_t min_item_bytes) {
    FP_ASSIGN_OR_RETURN(const uint64_t count, Read<uint64_t>(what));
    FP_RETURN_IF_ERROR(CheckCount(count, what, min_item_bytes));
    return count;
  }
  Status CheckCount(uint64_t count, std::string_view what, size_t min_item_bytes) const {
    if (count <= remaining() / min_item_bytes) return {};
    return Fail(ErrorCode::kBadFormat,
                "{}: offset {}: {} says {}, but only {} bytes follow; is the file cut off?",
                source_, offset_, what, count, remaining());
  }

 private:
  tl::unexpected<Error> CutOff(std::string_view what, uint64_t needed) const {
    return Fail(ErrorCode::kBadFormat,
                "{}: offset {}: {} needs {} bytes, but only {} follow; is the file cut off?",
                source_, offset_, what, needed, remaining());
  }

  std::span<const std::byte> bytes_;
  std::string source_;
  size_t offset_ = 0;
};

}  // namespace fairprune
