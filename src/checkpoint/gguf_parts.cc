#include "checkpoint/gguf_parts.h"

#include <charconv>
#include <optional>
#include <utility>

#include "checkpoint/gguf_parse.h"

namespace fairprune {
namespace {

constexpr char kNumberKey[] = "split.no";
constexpr char kCountKey[] = "split.count";
constexpr char kTensorsKey[] = "split.tensors.count";
constexpr char kAlignmentKey[] = "general.alignment";

std::string PartPath(std::string_view prefix, int64_t number, int64_t count) {
  return fmt::format("{}-{:05}-of-{:05}.gguf", prefix, number + 1, count);
}

struct PartName {
  std::string prefix;
  int64_t number = 0, count = 0;  // number from 0
};

std::optional<int64_t> ParseNumber(std::string_view digits) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// "PREFIX-00001-of-00003.gguf", taken apart.
std::optional<PartName> ParsePartName(std::string_view name) {
  constexpr std::string_view kForm = "-00001-of-00001.gguf";
  if (name.size() <= kForm.size()) return std::nullopt;
  const std::string_view end = name.substr(name.size() - kForm.size());
  const auto number = ParseNumber(end.substr(1, 5));
  const auto count = ParseNumber(end.substr(10, 5));
  if (!number || !count) return std::nullopt;
  PartName part = {std::string(name.substr(0, name.size() - kForm.size())), *number - 1, *count};
  if (PartPath(part.prefix, part.number, part.count) != name) return std::nullopt;
  return part;
}

// nullopt if the key is absent; kBadFormat if it is no integer.
Result<std::optional<int64_t>> GetInt(const GgufMetadata& metadata, const std::string& key,
                                      const std::string& path) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::optional<int64_t>();
  if (const auto* value = std::get_if<int64_t>(&found->second)) return std::optional(*value);
  return Fail(ErrorCode::kBadFormat, "{}: the metadata key \"{}\" must be an integer", path, key);
}

Result<int64_t> RequireInt(const GgufMetadata& metadata, const std::string& key,
                           const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::optional<int64_t> value, GetInt(metadata, key, path));
  if (value) return *value;
  return Fail(ErrorCode::kBadFormat,
              "{}: is part of a split model, but its metadata key \"{}\" is missing", path, key);
}

}  // namespace

std::string GgufParts::Path(int64_t number) const { return PartPath(prefix, number, count); }

Result<GgufParts> FindGgufParts(const GgufMetadata& metadata, const std::string& path) {
  GgufParts parts;
  FP_ASSIGN_OR_RETURN(const std::optional<int64_t> count, GetInt(metadata, kCountKey, path));
  if (!count || *count == 0 || *count == 1) return parts;  // 0: parts that were joined again
  parts.count = *count;
  FP_ASSIGN_OR_RETURN(const int64_t number, RequireInt(metadata, kNumberKey, path));
  FP_ASSIGN_OR_RETURN(parts.num_tensors, RequireInt(metadata, kTensorsKey, path));
  if (*count < 0 || *count > UINT16_MAX || number < 0 || number >= *count) {
    return Fail(ErrorCode::kBadFormat,
                "{}: \"{}\" is {} and \"{}\" is {}; expected 0 <= no < count <= {}", path,
                kNumberKey, number, kCountKey, *count, UINT16_MAX);
  }
  const std::optional<PartName> name = ParsePartName(path);
  if (!name || name->number != number || name->count != *count) {
    return Fail(ErrorCode::kInvalidArgument,
                "{}: its metadata says that it is part {} of {}, but its name does not end in "
                "{}; parts find each other by their names: rename it",
                path, number + 1, *count, PartPath("", number, *count));
  }
  parts.prefix = name->prefix;
  if (number != 0) {
    return Fail(ErrorCode::kInvalidArgument, "{}: is part {} of {}; give the first part: {}", path,
                number + 1, *count, parts.Path(0));
  }
  return parts;
}

Status CheckGgufPart(const GgufMetadata& metadata, const GgufMetadata& first, int64_t number,
                     const std::string& path) {
  for (const char* key : {kCountKey, kTensorsKey}) {
    FP_ASSIGN_OR_RETURN(const int64_t expected, RequireInt(first, key, path));
    FP_ASSIGN_OR_RETURN(const int64_t found, RequireInt(metadata, key, path));
    if (found != expected) {
      return Fail(ErrorCode::kBadFormat, "{}: \"{}\" is {}, but {} in the first part", path, key,
                  found, expected);
    }
  }
  FP_ASSIGN_OR_RETURN(const int64_t found, RequireInt(metadata, kNumberKey, path));
  if (found != number) {
    return Fail(ErrorCode::kBadFormat, "{}: \"{}\" is {}; by its name it should be {}", path,
                kNumberKey, found, number);
  }
  // A part without the key is read with the default. If the first part says otherwise, the writer
  // may have meant that for all parts, and where the data begins would be a guess.
  FP_ASSIGN_OR_RETURN(const auto own, GetInt(metadata, kAlignmentKey, path));
  FP_ASSIGN_OR_RETURN(const auto general, GetInt(first, kAlignmentKey, path));
  const int64_t expected = general.value_or(kGgufDefaultAlignment);
  if (!own && expected != kGgufDefaultAlignment) {
    return Fail(ErrorCode::kUnsupported,
                "{}: \"{}\" is {} in the first part and absent here; join the parts "
                "(llama-gguf-split --merge)",
                path, kAlignmentKey, expected);
  }
  return {};
}

bool AreGgufParts(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<PartName> part = ParsePartName(names[i]);
    const auto count = static_cast<int64_t>(names.size());
    if (!part || part->number != static_cast<int64_t>(i) || part->count != count) return false;
    if (part->prefix != ParsePartName(names[0])->prefix) return false;
  }
  return names.size() > 1;
}

}  // namespace fairprune
