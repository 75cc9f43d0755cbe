// Post-processors of tokenizer.json: the special tokens that are put around a text's ids.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

// What stands before and after a single text's ids when special tokens are asked for. Every known
// post-processor reduces to this: ByteLevel changes offsets only, and a TemplateProcessing's
// "single" template holds the text exactly once.
struct PostProcessor {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
  bool has_template = false;
};

// `spec` is the "post_processor" member; null gives an empty one. ByteLevel, TemplateProcessing and
// Sequence are known; another type or option, and a second template, is kUnsupported by name.
Result<PostProcessor> MakePostProcessor(const Json& spec, const std::string& source);

}  // namespace fairprune
