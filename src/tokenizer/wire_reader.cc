#include "tokenizer/wire_reader.h"

#include <bit>
#include <limits>

#include "io/json.h"

namespace fairprune {
namespace {

std::string_view NameOf(WireType type) {
  switch (type) {
    case WireType::kVarint:
      return "a varint";
    case WireType::kFixed64:
      return "eight bytes";
    case WireType::kLength:
      return "a length and bytes";
    case WireType::kFixed32:
      return "four bytes";
  }
  return "unknown";
}

}  // namespace

Result<uint64_t> WireReader::Varint(std::string_view what) {
  const size_t begin = offset();
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (AtEnd()) {
      return Fail(ErrorCode::kBadFormat, "{}: offset {}: {} is cut off", source_, begin, what);
    }
    const auto byte = static_cast<uint8_t>(bytes_[at_++]);
    const uint64_t bits = byte & 0x7F;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if (byte < 0x80) return value;
  }
  return Fail(ErrorCode::kBadFormat, "{}: offset {}: {} has more than 64 bits", source_, begin,
              what);
}

Result<uint64_t> WireReader::Fixed(size_t num_bytes) {
  if (bytes_.size() - at_ < num_bytes) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: a value of {} bytes is cut off", source_,
                offset(), num_bytes);
  }
  uint64_t value = 0;
  for (size_t i = 0; i < num_bytes; ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes_[at_++])} << (8 * i);
  }
  return value;
}

Result<WireField> WireReader::Next() {
  WireField field;
  field.offset = offset();
  FP_ASSIGN_OR_RETURN(const uint64_t tag, Varint("a field's tag"));
  const uint64_t number = tag >> 3;
  constexpr uint64_t kMaxNumber = (1U << 29) - 1;
  if (number == 0 || number > kMaxNumber) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: field number {} is not in 1 to {}", source_,
                field.offset, number, kMaxNumber);
  }
  field.number = static_cast<uint32_t>(number);
  field.type = static_cast<WireType>(tag & 7);
  switch (field.type) {
    case WireType::kVarint: {
      FP_ASSIGN_OR_RETURN(field.value, Varint("a value"));
      return field;
    }
    case WireType::kFixed64: {
      FP_ASSIGN_OR_RETURN(field.value, Fixed(8));
      return field;
    }
    case WireType::kFixed32: {
      FP_ASSIGN_OR_RETURN(field.value, Fixed(4));
      return field;
    }
    case WireType::kLength: {
      FP_ASSIGN_OR_RETURN(const uint64_t length, Varint("a length"));
      if (length > bytes_.size() - at_) {
        return Fail(
            ErrorCode::kBadFormat,
            "{}: offset {}: field {} has {} bytes, but only {} follow; is the file cut off?",
            source_, field.offset, field.number, length, bytes_.size() - at_);
      }
      field.bytes = bytes_.substr(at_, static_cast<size_t>(length));
      at_ += static_cast<size_t>(length);
      return field;
    }
  }
  return Fail(ErrorCode::kBadFormat, "{}: offset {}: field {} has wire type {}, which is not used",
              source_, field.offset, field.number, tag & 7);
}

WireReader WireReader::Message(const WireField& field) const {
  const auto begin = static_cast<size_t>(field.bytes.data() - bytes_.data());
  return WireReader(field.bytes, source_, first_offset_ + begin);
}

Status WireReader::Expect(const WireField& field, WireType type, std::string_view what) const {
  if (field.type == type) return {};
  return Fail(ErrorCode::kBadFormat, "{}: offset {}: {} (field {}) is {}; expected {}", source_,
              field.offset, what, field.number, NameOf(field.type), NameOf(type));
}

Result<int32_t> WireReader::Int32(const WireField& field, std::string_view what) const {
  FP_RETURN_IF_ERROR(Expect(field, WireType::kVarint, what));
  // A negative int32 is written as the varint of its 64-bit value.
  const auto value = static_cast<int64_t>(field.value);
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: {} is {}, which does not fit 32 bits",
                source_, field.offset, what, value);
  }
  return static_cast<int32_t>(value);
}

Result<bool> WireReader::Bool(const WireField& field, std::string_view what) const {
  FP_RETURN_IF_ERROR(Expect(field, WireType::kVarint, what));
  return field.value != 0;
}

Result<float> WireReader::Float(const WireField& field, std::string_view what) const {
  FP_RETURN_IF_ERROR(Expect(field, WireType::kFixed32, what));
  return std::bit_cast<float>(static_cast<uint32_t>(field.value));
}

Result<std::string_view> WireReader::Bytes(const WireField& field, std::string_view what) const {
  FP_RETURN_IF_ERROR(Expect(field, WireType::kLength, what));
  return field.bytes;
}

Result<std::string_view> WireReader::Text(const WireField& field, std::string_view what) const {
  FP_ASSIGN_OR_RETURN(const std::string_view text, Bytes(field, what));
  if (FindInvalidUtf8(text) != text.npos) {
    return Fail(ErrorCode::kBadFormat, "{}: offset {}: {} is not valid UTF-8", source_,
                field.offset, what);
  }
  return text;
}

}  // namespace fairprune
