// Decoders of tokenizer.json: from tokens back to text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // One step of decoding: tokens to tokens. The text is the last step's tokens joined.
  // Errors: kInternal (PCRE2 gave up).
  virtual Result<std::vector<std::string>> Decode(std::vector<std::string> tokens) const = 0;
};

// `spec` is the "decoder" member; null gives a null pointer (the tokens are joined by spaces).
// ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace and Sequence are known; another type or
// option is kUnsupported by name.
Result<std::unique_ptr<Decoder>> MakeDecoder(const Json& spec, const std::string& source);

}  // namespace fairprune
