#include "tokenizer/normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

namespace fairprune {
namespace {

class NfcNormalizer : public Normalizer {
 public:
  Result<std::string_view> Normalize(std::string_view text, std::string& buffer) const override {
    // Text without a byte from 0xCC on has no character from U+0300 on, and is in NFC.
    const bool may_change = std::any_of(text.begin(), text.end(), [](char byte) {
      return static_cast<unsigned char>(byte) >= 0xCC;
    });
    if (!may_change) return text;
    utf8proc_uint8_t* normalized = nullptr;
    const utf8proc_ssize_t size_bytes =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &normalized,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (size_bytes < 0) {
      return Fail(ErrorCode::kInternal, "NFC: {}", utf8proc_errmsg(size_bytes));
    }
    buffer.assign(reinterpret_cast<const char*>(normalized), static_cast<size_t>(size_bytes));
    std::free(normalized);
    return std::string_view(buffer);
  }
};

class SequenceNormalizer : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<std::unique_ptr<Normalizer>> steps)
      : steps_(std::move(steps)) {}

  Result<std::string_view> Normalize(std::string_view text, std::string& buffer) const override {
    std::string_view current = text;
    for (const auto& step : steps_) {
      std::string next;
      FP_ASSIGN_OR_RETURN(const std::string_view changed, step->Normalize(current, next));
      if (changed.data() == current.data()) {
        current = changed;
        continue;
      }
      buffer = std::move(next);
      current = buffer;
    }
    return current;
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

}  // namespace

Result<std::unique_ptr<Normalizer>> MakeNormalizer(const Json& spec, const std::string& source) {
  if (spec.is_null()) return std::unique_ptr<Normalizer>();
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source + ": normalizer"));
  if (type == "NFC") return std::make_unique<NfcNormalizer>();
  if (type != "Sequence") {
    return Fail(ErrorCode::kUnsupported, "{}: normalizer '{}' is not supported", source, type);
  }
  const auto list = spec.find("normalizers");
  if (list == spec.end() || !list->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: normalizer Sequence: no 'normalizers' array", source);
  }
  std::vector<std::unique_ptr<Normalizer>> steps;
  for (const Json& member : *list) {
    FP_ASSIGN_OR_RETURN(auto step, MakeNormalizer(member, source));
    if (step != nullptr) steps.push_back(std::move(step));
  }
  return std::make_unique<SequenceNormalizer>(std::move(steps));
}

}  // namespace fairprune
