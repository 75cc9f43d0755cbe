// Builds small checkpoint files in memory, well-formed or not. Tests and fuzz seeds only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

template <typename T>
std::string LittleEndian(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A safetensors file of this header and data.
inline std::string SafetensorsBytes(std::string_view header, std::string_view data = "") {
  return LittleEndian<uint64_t>(header.size()) + std::string(header) + std::string(data);
}

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A GGUF file, part by part.
struct GgufBuilder {
  uint32_t version = 3;
  uint64_t num_tensors = 0, num_keys = 0;
  std::string metadata, directory, data;
  size_t alignment = 32;

  static std::string String(std::string_view text) {
    return LittleEndian<uint64_t>(text.size()) + std::string(text);
  }
  // `value` as bytes.
  GgufBuilder& Key(std::string_view key, uint32_t type, const std::string& value) {
    ++num_keys;
    metadata += String(key) + LittleEndian(type) + value;
    return *this;
  }
  // Extents innermost first, as the file has them.
  GgufBuilder& TensorInfo(std::string_view name, const std::vector<uint64_t>& extents,
                          uint32_t type, uint64_t offset) {
    ++num_tensors;
    directory += String(name) + LittleEndian(static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) directory += LittleEndian(extent);
    directory += LittleEndian(type) + LittleEndian(offset);
    return *this;
  }
  std::string Bytes() const {
    std::string file = "GGUF" + LittleEndian(version) + LittleEndian(num_tensors) +
                       LittleEndian(num_keys) + metadata + directory;
    if (!data.empty()) file.resize((file.size() + alignment - 1) / alignment * alignment);
    return file + data;
  }
};

}  // namespace fairprune
