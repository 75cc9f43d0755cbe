#include "tokenizer/component_spec.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

Status Flatten(const Json& spec, const std::string& key, const std::string& place,
               std::vector<const Json*>& steps) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", place));
  if (type != "Sequence") {
    steps.push_back(&spec);
    return {};
  }
  FP_RETURN_IF_ERROR(CheckMembers(spec, {key}, place + " Sequence"));
  const auto list = spec.find(key);
  if (list == spec.end() || !list->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{} Sequence: no '{}' array", place, key);
  }
  // The reader of the file bounds the depth.
  for (const Json& member : *list) FP_RETURN_IF_ERROR(Flatten(member, key, place, steps));
  return {};
}

}  // namespace

Status CheckMembers(const Json& spec, std::initializer_list<std::string_view> known,
                    const std::string& place) {
  for (const auto& [key, value] : spec.items()) {
    if (key == "type" || std::find(known.begin(), known.end(), key) != known.end()) continue;
    return Fail(ErrorCode::kUnsupported, "{}: option '{}' ({}) is not known", place, key,
                DumpJson(value, -1).substr(0, 80));
  }
  return {};
}

Result<bool> BoolOr(const Json& spec, const std::string& key, bool fallback,
                    const std::string& place) {
  if (!spec.contains(key)) return fallback;
  return GetBool(spec, key, place);
}

Result<std::string> GetCharacter(const Json& spec, const std::string& key,
                                 const std::string& place) {
  FP_ASSIGN_OR_RETURN(std::string text, GetString(spec, key, place));
  if (text.empty() || DecodeAt(text, 0).num_bytes != text.size()) {
    return Fail(ErrorCode::kBadFormat, "{}: '{}' is '{}'; expected one character", place, key,
                text);
  }
  return text;
}

Result<Pattern> GetPattern(const Json& spec, const std::string& place) {
  const auto pattern = spec.find("pattern");
  if (pattern == spec.end() || !pattern->is_object() || pattern->size() != 1) {
    return Fail(ErrorCode::kBadFormat,
                "{}: 'pattern' must be {{\"Regex\": …}} or {{\"String\": …}}", place);
  }
  const std::string kind = pattern->begin().key();
  FP_ASSIGN_OR_RETURN(std::string text, GetString(*pattern, kind, place));
  // The library escapes a string and takes it as an expression, so an empty one matches between
  // all characters.
  if (kind == "String" && !text.empty()) return Pattern::FromLiteral(std::move(text));
  if (kind != "Regex" && kind != "String") {
    return Fail(ErrorCode::kUnsupported, "{}: pattern kind '{}' is not supported", place, kind);
  }
  auto made = Pattern::FromRegex(text);
  if (!made) return WithContext(made.error(), place);
  return made;
}

Result<std::vector<const Json*>> FlattenSequence(const Json& spec, const std::string& key,
                                                 const std::string& place) {
  std::vector<const Json*> steps;
  FP_RETURN_IF_ERROR(Flatten(spec, key, place, steps));
  return steps;
}

}  // namespace fairprune
