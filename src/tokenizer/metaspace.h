// The options of Metaspace, which is a pre-tokenizer and a decoder: spaces are spelled as another
// character, and that may be put in front of a text.
#pragma once

#include <string>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

struct MetaspaceOptions {
  enum class Prepend { kAlways, kFirst, kNever };
  std::string replacement;  // one character
  Prepend prepend = Prepend::kAlways;
  bool split = true;  // cut before each replacement
};

// `spec` as the library reads it, with the older option add_prefix_space (false wants the
// prepend_scheme "never" beside it). Errors: kNotFound, kBadFormat, kUnsupported.
Result<MetaspaceOptions> ReadMetaspaceOptions(const Json& spec, const std::string& place);

}  // namespace fairprune
