#include "data/embedded.h"
#include "data/pairs.h"

namespace fairprune {

Result<std::vector<PromptPair>> BundledPairs(const std::string& language) {
  if (language == "en") return ParsePairs(std::string(EmbeddedPairsEn()), "bundled pairs_en.json");
  if (language == "es") return ParsePairs(std::string(EmbeddedPairsEs()), "bundled pairs_es.json");
  return Fail(ErrorCode::kInvalidArgument,
              "no bundled pairs in the language \"{}\"; there are \"en\" and \"es\"", language);
}

Result<std::string> BundledText() { return std::string(EmbeddedTextEn()); }

}  // namespace fairprune
