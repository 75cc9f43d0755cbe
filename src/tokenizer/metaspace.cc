#include "tokenizer/metaspace.h"

#include <nlohmann/json.hpp>

#include "tokenizer/component_spec.h"

namespace fairprune {

Result<MetaspaceOptions> ReadMetaspaceOptions(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(
      spec, {"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"}, place));
  MetaspaceOptions options;
  FP_ASSIGN_OR_RETURN(options.replacement, GetCharacter(spec, "replacement", place));
  if (spec.contains("prepend_scheme")) {
    FP_ASSIGN_OR_RETURN(const std::string scheme, GetString(spec, "prepend_scheme", place));
    if (scheme == "first") {
      options.prepend = MetaspaceOptions::Prepend::kFirst;
    } else if (scheme == "never") {
      options.prepend = MetaspaceOptions::Prepend::kNever;
    } else if (scheme != "always") {
      return Fail(ErrorCode::kUnsupported, "{}: prepend_scheme '{}' is not supported", place,
                  scheme);
    }
  }
  const auto given = [&](const char* key) { return spec.contains(key) && !spec.at(key).is_null(); };
  if (given("add_prefix_space")) {
    FP_ASSIGN_OR_RETURN(const bool adds, GetBool(spec, "add_prefix_space", place));
    if (!adds && options.prepend != MetaspaceOptions::Prepend::kNever) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: add_prefix_space is false, and prepend_scheme is not 'never'", place);
    }
  }
  if (given("split")) {
    FP_ASSIGN_OR_RETURN(options.split, GetBool(spec, "split", place));
  }
  return options;
}

}  // namespace fairprune
