// Writes protocol buffers and small SentencePiece models in memory, for tests only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace fairprune {

inline std::string WireVarint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

inline std::string WireTag(uint32_t number, uint32_t type) {
  return WireVarint((uint64_t{number} << 3) | type);
}

inline std::string WireInt(uint32_t number, int64_t value) {
  return WireTag(number, 0) + WireVarint(static_cast<uint64_t>(value));
}

inline std::string WireBytes(uint32_t number, std::string_view bytes) {
  return WireTag(number, 2) + WireVarint(bytes.size()) + std::string(bytes);
}

inline std::string WireFloat(uint32_t number, float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return WireTag(number, 5) + bytes;
}

// A piece of a SentencePiece model, as a field of the model. Types: 1 normal, 2 unknown, 3 control,
// 4 user-defined, 6 byte.
inline std::string WirePiece(std::string_view text, float score, int type) {
  return WireBytes(1, WireBytes(1, text) + WireFloat(2, score) + WireInt(3, type));
}

// A normalizer_spec that leaves the text alone, but for spaces.
inline std::string WireNormalizer(bool dummy_prefix) {
  return WireBytes(3, WireBytes(1, "identity") + WireInt(3, dummy_prefix ? 1 : 0) + WireInt(4, 0));
}

}  // namespace fairprune
