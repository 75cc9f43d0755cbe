// Typed access to the tokenizer keys of a GGUF file's metadata.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkpoint/gguf.h"

namespace fairprune {

using GgufMetadata = std::map<std::string, GgufValue>;

// Views `metadata` and `source`, the file's name for errors. Keys are named without their
// "tokenizer.ggml.".
class GgufTokenizerKeys {
 public:
  GgufTokenizerKeys(const GgufMetadata& metadata, const std::string& source)
      : metadata_(metadata), source_(source) {}

  const std::string& source() const { return source_; }

  // The value as T, or nullptr if the key is not there. Errors: kBadFormat for another type, which
  // is not what `expected` says.
  template <typename T>
  Result<const T*> Find(std::string_view name, std::string_view expected) const {
    return FindKey<T>("tokenizer.ggml." + std::string(name), expected);
  }

  // The same for a key that must be there. Errors: kNotFound, kBadFormat.
  template <typename T>
  Result<const T*> Require(std::string_view name, std::string_view expected) const {
    FP_ASSIGN_OR_RETURN(const T* value, Find<T>(name, expected));
    if (value == nullptr) {
      return Fail(ErrorCode::kNotFound, "{}: no metadata key 'tokenizer.ggml.{}' ({})", source_,
                  name, expected);
    }
    return value;
  }

  // The same by the key's whole name.
  template <typename T>
  Result<const T*> FindKey(const std::string& key, std::string_view expected) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) return nullptr;
    const T* value = std::get_if<T>(&found->second);
    if (value == nullptr) {
      return Fail(ErrorCode::kBadFormat, "{}: metadata key '{}' is not {}", source_, key, expected);
    }
    return value;
  }

  bool Has(std::string_view name) const {
    return metadata_.contains("tokenizer.ggml." + std::string(name));
  }

  Result<bool> Flag(std::string_view name, bool fallback) const {
    FP_ASSIGN_OR_RETURN(const bool* value, Find<bool>(name, "true or false"));
    return value == nullptr ? fallback : *value;
  }

  // An id below `num_tokens`. Errors: kBadFormat.
  Result<std::optional<int32_t>> TokenId(std::string_view name, size_t num_tokens) const {
    FP_ASSIGN_OR_RETURN(const int64_t* id, Find<int64_t>(name, "an integer"));
    if (id == nullptr) return std::optional<int32_t>();
    if (*id < 0 || static_cast<uint64_t>(*id) >= num_tokens) {
      return Fail(ErrorCode::kBadFormat, "{}: tokenizer.ggml.{} is {}; there are {} tokens",
                  source_, name, *id, num_tokens);
    }
    return std::optional<int32_t>(static_cast<int32_t>(*id));
  }

 private:
  const GgufMetadata& metadata_;
  const std::string& source_;
};

}  // namespace fairprune
