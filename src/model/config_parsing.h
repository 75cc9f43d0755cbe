// From a format's own description of a model to ModelConfig. Internal to this room.
#pragma once

#include <string>

#include "model/architecture.h"

namespace fairprune {

// Reads a parsed config.json; `source` names it in errors. Errors: kUnsupported (an architecture,
// or a key that changes the mathematics, by name and value), kNotFound and kBadFormat (a key).
Result<ModelConfig> ParseHuggingFaceConfig(const Json& config, const std::string& source);

// Reads a GGUF file's metadata, and what it says through its tensors (tied head, biases, rotary
// factors). Errors: the same.
Result<ModelConfig> ParseGgufConfig(const GgufFile& gguf, const std::string& source);

// Extents positive and within what any model has, heads divisible, rotary numbers usable.
// Errors: kBadFormat.
Status CheckConfig(const ModelConfig& config, const std::string& source);

}  // namespace fairprune
