// Reads the wire format of protocol buffers from const bytes, never past their end: a message is a
// sequence of (tag, value), the tag a varint of field number * 8 + wire type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace fairprune {

enum class WireType { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  size_t offset = 0;       // of the tag, in the file
  uint64_t value = 0;      // kVarint, kFixed64, kFixed32 (the bits)
  std::string_view bytes;  // kLength; views the reader's bytes
};

class WireReader {
 public:
  // `offset`: where `bytes` begin in the file, for errors.
  WireReader(std::string_view bytes, std::string source, size_t offset = 0)
      : bytes_(bytes), source_(std::move(source)), first_offset_(offset) {}

  bool AtEnd() const { return at_ == bytes_.size(); }
  const std::string& source() const { return source_; }

  // The next field, its value read. Errors: kBadFormat (source, offset, what was expected).
  Result<WireField> Next();

  // A reader of the message in a kLength field.
  WireReader Message(const WireField& field) const;

  // The field's value as what it must be. `what` names it in errors.
  Result<int32_t> Int32(const WireField& field, std::string_view what) const;
  Result<bool> Bool(const WireField& field, std::string_view what) const;
  Result<float> Float(const WireField& field, std::string_view what) const;
  Result<std::string_view> Bytes(const WireField& field, std::string_view what) const;
  // Bytes that must be valid UTF-8.
  Result<std::string_view> Text(const WireField& field, std::string_view what) const;

 private:
  Result<uint64_t> Varint(std::string_view what);
  Result<uint64_t> Fixed(size_t num_bytes);
  Status Expect(const WireField& field, WireType type, std::string_view what) const;
  size_t offset() const { return first_offset_ + at_; }

  std::string_view bytes_;
  std::string source_;
  size_t first_offset_;
  size_t at_ = 0;
};

}  // namespace fairprune
