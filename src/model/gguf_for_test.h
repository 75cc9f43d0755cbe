// Builds small GGUF files in memory, for tests only. Layout: docs/formats.md.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace fairprune {

class GgufForTest {
 public:
  GgufForTest& Int(const std::string& key, uint32_t value) {
    Key(key, 4);
    Append(metadata_, value);
    return *this;
  }
  GgufForTest& Float(const std::string& key, float value) {
    Key(key, 6);
    Append(metadata_, value);
    return *this;
  }
  GgufForTest& Text(const std::string& key, const std::string& value) {
    Key(key, 8);
    Append(metadata_, value);
    return *this;
  }
  GgufForTest& Ints(const std::string& key, const std::vector<uint32_t>& values) {
    Key(key, 9);
    Append(metadata_, uint32_t{4});
    Append(metadata_, static_cast<uint64_t>(values.size()));
    for (const uint32_t value : values) Append(metadata_, value);
    return *this;
  }
  // An f32 tensor; `shape` as PyTorch prints it.
  GgufForTest& F32(const std::string& name, const Shape& shape, const std::vector<float>& values) {
    Append(infos_, name);
    Append(infos_, static_cast<uint32_t>(shape.size()));
    for (size_t i = shape.size(); i-- > 0;) Append(infos_, static_cast<uint64_t>(shape[i]));
    Append(infos_, uint32_t{0});
    Append(infos_, static_cast<uint64_t>(data_.size()));
    for (const float value : values) Append(data_, value);
    data_.resize((data_.size() + 31) / 32 * 32);
    ++num_tensors_;
    return *this;
  }
  // A tensor of that shape filled with zeros.
  GgufForTest& Zeros(const std::string& name, const Shape& shape) {
    return F32(name, shape, std::vector<float>(static_cast<size_t>(NumElements(shape))));
  }
  std::string Bytes() const {
    std::string bytes = "GGUF";
    Append(bytes, uint32_t{3});
    Append(bytes, num_tensors_);
    Append(bytes, num_keys_);
    bytes += metadata_ + infos_;
    bytes.resize((bytes.size() + 31) / 32 * 32);
    return bytes + data_;
  }

 private:
  template <typename T>
  static void Append(std::string& bytes, T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes.append(raw, sizeof(T));
  }
  static void Append(std::string& bytes, const std::string& text) {
    Append(bytes, static_cast<uint64_t>(text.size()));
    bytes += text;
  }
  void Key(const std::string& key, uint32_t type) {
    Append(metadata_, key);
    Append(metadata_, type);
    ++num_keys_;
  }

  std::string metadata_, infos_, data_;
  uint64_t num_tensors_ = 0, num_keys_ = 0;
};

}  // namespace fairprune
