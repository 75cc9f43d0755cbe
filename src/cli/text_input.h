// The neutral text that a verb measures on: a file of the user's, or the one that ships.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "model/model_config.h"
#include "scoring/perplexity.h"

namespace fairprune {

struct TextFlags {
  std::string path;       // a file, or "bundled"; empty: none
  int64_t tokens = 4096;  // about so many are measured; 0: half of the text
};
// --text and --text-tokens; the defaults are what `flags` holds.
void AddTextFlags(CLI::App* verb, TextFlags& flags);

struct LoadedText {
  std::string content, source, sha256;
};
// Errors: those of reading; kBadFormat (no UTF-8, with the place).
Result<LoadedText> LoadText(const std::string& path);

// Every second window of 512 tokens (fewer for a model with fewer positions), the first one first,
// until there are flags.tokens: what `run` searches on, so that the other windows stay unseen.
Result<PerplexityText> EncodeText(const LoadedText& text, const Tokenizer& tokenizer,
                                  const ModelConfig& config, const TextFlags& flags);

// The ids of each window.
std::vector<std::vector<int32_t>> WindowIds(const PerplexityText& text);

}  // namespace fairprune
