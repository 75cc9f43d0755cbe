#include "tokenizer/normalizer.h"

#include <utf8proc.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/component_spec.h"
#include "tokenizer/pattern.h"
#include "tokenizer/unicode.h"
#include "tokenizer/unicode_form.h"

namespace fairprune {
namespace {

using View = Result<std::string_view>;

class UnicodeNormalizer : public Normalizer {
 public:
  explicit UnicodeNormalizer(UnicodeForm form) : form_(form) {}

  View Normalize(std::string_view text, std::string& buffer) const override {
    return NormalizeUnicode(form_, text, buffer);
  }

 private:
  UnicodeForm form_;
};

class PrependNormalizer : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}

  View Normalize(std::string_view text, std::string& buffer) const override {
    if (text.empty()) return text;
    buffer.assign(prefix_).append(text);
    return std::string_view(buffer);
  }

 private:
  std::string prefix_;
};

class ReplaceNormalizer : public Normalizer {
 public:
  ReplaceNormalizer(Pattern pattern, std::string content, bool can_remove_front)
      : pattern_(std::move(pattern)),
        content_(std::move(content)),
        can_remove_front_(can_remove_front) {}

  View Normalize(std::string_view text, std::string& buffer) const override {
    FP_ASSIGN_OR_RETURN(const bool changed, pattern_.Replace(text, content_, buffer));
    return changed ? std::string_view(buffer) : text;
  }

  bool CanRemoveFront() const override { return can_remove_front_; }

 private:
  Pattern pattern_;
  std::string content_;
  bool can_remove_front_;
};

class LowercaseNormalizer : public Normalizer {
 public:
  View Normalize(std::string_view text, std::string& buffer) const override {
    buffer.clear();
    for (size_t at = 0; at < text.size();) {
      const CodePoint c = DecodeAt(text, at);
      AppendLowercase(c.value, buffer);
      at += c.num_bytes;
    }
    return buffer == text ? text : std::string_view(buffer);
  }
};

class StripNormalizer : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}

  View Normalize(std::string_view text, std::string& buffer) const override {
    const size_t begin = left_ ? WhiteSpaceAfter(text, 0) : 0;
    const size_t end = right_ ? WhiteSpaceBefore(text, text.size()) : text.size();
    if (begin == 0 && end == text.size()) return text;
    buffer.assign(begin < end ? text.substr(begin, end - begin) : std::string_view());
    return std::string_view(buffer);
  }

  bool CanRemoveFront() const override { return left_; }

 private:
  bool left_;
  bool right_;
};

class ByteLevelNormalizer : public Normalizer {
 public:
  View Normalize(std::string_view text, std::string& buffer) const override {
    buffer = BytesToAlphabet(text);
    return buffer == text ? text : std::string_view(buffer);
  }
};

class SequenceNormalizer : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<std::unique_ptr<Normalizer>> steps)
      : steps_(std::move(steps)) {}

  View Normalize(std::string_view text, std::string& buffer) const override {
    std::string next;
    bool changed = false;  // what steps have made is in `buffer`
    for (const auto& step : steps_) {
      const std::string_view current = changed ? std::string_view(buffer) : text;
      FP_ASSIGN_OR_RETURN(const std::string_view made, step->Normalize(current, next));
      if (made.data() == current.data() && made.size() == current.size()) continue;
      std::swap(buffer, next);
      changed = true;
    }
    return changed ? std::string_view(buffer) : text;
  }

  bool CanRemoveFront() const override {
    for (const auto& step : steps_) {
      if (step->CanRemoveFront()) return true;
    }
    return false;
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

std::optional<UnicodeForm> FormNamed(const std::string& name) {
  if (name == "NFC") return UnicodeForm::kNfc;
  if (name == "NFD") return UnicodeForm::kNfd;
  if (name == "NFKC") return UnicodeForm::kNfkc;
  if (name == "NFKD") return UnicodeForm::kNfkd;
  return std::nullopt;
}

using Made = Result<std::unique_ptr<Normalizer>>;

Made MakeReplace(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"pattern", "content"}, place));
  FP_ASSIGN_OR_RETURN(Pattern pattern, GetPattern(spec, place));
  FP_ASSIGN_OR_RETURN(std::string content, GetString(spec, "content", place));
  // Content counts as standing where the last character of the match stood.
  const bool one_character = spec.at("pattern").contains("String") && !content.empty() &&
                             GetCharacter(spec.at("pattern"), "String", place).has_value();
  return std::make_unique<ReplaceNormalizer>(std::move(pattern), std::move(content),
                                             !one_character);
}

Made MakeStrip(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"strip_left", "strip_right"}, place));
  FP_ASSIGN_OR_RETURN(const bool left, GetBool(spec, "strip_left", place));
  FP_ASSIGN_OR_RETURN(const bool right, GetBool(spec, "strip_right", place));
  return std::make_unique<StripNormalizer>(left, right);
}

Made MakeStep(const Json& spec, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  const std::string place = source + " " + type;
  if (type == "Replace") return MakeReplace(spec, place);
  if (type == "Strip") return MakeStrip(spec, place);
  if (type == "Prepend") {
    FP_RETURN_IF_ERROR(CheckMembers(spec, {"prepend"}, place));
    FP_ASSIGN_OR_RETURN(std::string prefix, GetString(spec, "prepend", place));
    return std::make_unique<PrependNormalizer>(std::move(prefix));
  }
  const std::optional<UnicodeForm> form = FormNamed(type);
  if (!form && type != "Lowercase" && type != "ByteLevel") {
    return Fail(ErrorCode::kUnsupported, "{} '{}' is not supported", source, type);
  }
  FP_RETURN_IF_ERROR(CheckMembers(spec, {}, place));
  if (form) return std::make_unique<UnicodeNormalizer>(*form);
  if (type == "Lowercase") return std::make_unique<LowercaseNormalizer>();
  return std::make_unique<ByteLevelNormalizer>();
}

}  // namespace

Result<std::unique_ptr<Normalizer>> MakeNormalizer(const Json& spec, const std::string& source) {
  if (spec.is_null()) return std::unique_ptr<Normalizer>();
  const std::string place = source + ": normalizer";
  FP_ASSIGN_OR_RETURN(const auto specs, FlattenSequence(spec, "normalizers", place));
  std::vector<std::unique_ptr<Normalizer>> steps;
  for (const Json* step : specs) {
    FP_ASSIGN_OR_RETURN(auto made, MakeStep(*step, place));
    steps.push_back(std::move(made));
  }
  if (steps.size() == 1) return std::move(steps.front());
  return std::make_unique<SequenceNormalizer>(std::move(steps));
}

}  // namespace fairprune
