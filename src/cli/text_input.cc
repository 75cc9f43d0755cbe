#include "cli/text_input.h"

#include <algorithm>

#include "data/pairs.h"
#include "io/hash.h"
#include "io/json.h"

namespace fairprune {

void AddTextFlags(CLI::App* verb, TextFlags& flags) {
  verb->add_option("--text", flags.path, "Neutral UTF-8 text: a file, or bundled")
      ->capture_default_str();
  verb->add_option("--text-tokens", flags.tokens,
                   "About how many tokens of every second window of the text; 0: all of those")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

Result<LoadedText> LoadText(const std::string& path) {
  LoadedText text{.source = path};
  if (path == "bundled") {
    FP_ASSIGN_OR_RETURN(text.content, BundledText());
  } else {
    FP_ASSIGN_OR_RETURN(text.content, ReadTextFile(path));
    if (const size_t bad = FindInvalidUtf8(text.content); bad != std::string::npos)
      return Fail(ErrorCode::kBadFormat, "{}: not valid UTF-8 at byte {}", path, bad);
  }
  text.sha256 = Sha256(text.content);
  return text;
}

Result<PerplexityText> EncodeText(const LoadedText& text, const Tokenizer& tokenizer,
                                  const ModelConfig& config, const TextFlags& flags) {
  constexpr int64_t kWindowTokens = 512;
  const int64_t positions = config.max_position_embeddings;
  const int64_t window =
      positions > 1 ? std::min<int64_t>(kWindowTokens, positions - 1) : kWindowTokens;
  FP_ASSIGN_OR_RETURN(PerplexityText all, EncodeForPerplexity(tokenizer, text.content, window));
  PerplexityText taken;
  for (size_t i = 0; i < all.windows.size(); i += 2) {
    if (flags.tokens > 0 && taken.num_tokens >= flags.tokens) break;
    taken.num_tokens += std::ssize(all.windows[i].ids) - all.windows[i].first_scored;
    taken.windows.push_back(std::move(all.windows[i]));
  }
  return taken;
}

std::vector<std::vector<int32_t>> WindowIds(const PerplexityText& text) {
  std::vector<std::vector<int32_t>> ids;
  ids.reserve(text.windows.size());
  for (const TokenRequest& window : text.windows) ids.push_back(window.ids);
  return ids;
}

}  // namespace fairprune
