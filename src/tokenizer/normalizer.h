// Normalizers of tokenizer.json: what happens to text before it is cut.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // The normalised form of `text` (valid UTF-8): `text` itself where nothing changes, otherwise a
  // view of the whole of `buffer`. Thread-safe. Errors: kInternal (PCRE2 gave up).
  virtual Result<std::string_view> Normalize(std::string_view text, std::string& buffer) const = 0;
  // Whether the beginning of a text can be removed, so that what remains no longer begins where
  // the text does.
  virtual bool CanRemoveFront() const { return false; }
};

// `spec` is the "normalizer" member; null gives a null pointer. NFC, NFD, NFKC, NFKD, Prepend,
// Replace, Lowercase, Strip, ByteLevel and Sequence are known; another type or option is
// kUnsupported by name.
Result<std::unique_ptr<Normalizer>> MakeNormalizer(const Json& spec, const std::string& source);

}  // namespace fairprune
