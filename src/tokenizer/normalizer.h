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
  // view of `buffer`.
  virtual Result<std::string_view> Normalize(std::string_view text, std::string& buffer) const = 0;
};

// `spec` is the "normalizer" member; null gives a null pointer. NFC and Sequence are known; another
// type is kUnsupported by name.
Result<std::unique_ptr<Normalizer>> MakeNormalizer(const Json& spec, const std::string& source);

}  // namespace fairprune
