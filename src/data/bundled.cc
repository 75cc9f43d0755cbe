#include "data/embedded.h"
#include "data/pairs.h"

namespace fairprune {

Result<std::vector<PromptPair>> BundledPairs(const std::string& language) {
  const std::string_view text = EmbeddedPairs(language);
  if (!text.empty()) {
    return ParsePairs(std::string(text), fmt::format("bundled pairs_{}.json", language));
  }
  return Fail(ErrorCode::kInvalidArgument,
              "no bundled pairs in the language \"{}\"; there are \"en\", \"es\" and \"ca\"",
              language);
}

Result<std::string> BundledText() { return std::string(EmbeddedTextEn()); }

std::string BundledProse() { return std::string(EmbeddedProseEn()); }

}  // namespace fairprune
