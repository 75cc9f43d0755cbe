#include "tokenizer/normalizer.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// Whether nothing in `text` can change. Characters below U+0300 are in NFC and compose only with
// later ones; above, a character without combining class, decomposition and composition is inert,
// and so is a Hangul syllable without a conjoining letter after it (those fail the test).
bool IsSurelyNfc(std::string_view text) {
  constexpr auto kNone = std::numeric_limits<uint16_t>::max();
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0xCC) {
      ++at;  // below U+0300, or the rest of such a character
      continue;
    }
    const CodePoint c = DecodeAt(text, at);
    at += c.num_bytes;
    if (c.value >= 0x1100 && c.value <= 0x11FF) return false;
    const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c.value));
    if (property->combining_class != 0 || property->decomp_seqindex != kNone ||
        property->comb_index != kNone) {
      return false;
    }
  }
  return true;
}

class NfcNormalizer : public Normalizer {
 public:
  Result<std::string_view> Normalize(std::string_view text, std::string& buffer) const override {
    if (IsSurelyNfc(text)) return text;
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
