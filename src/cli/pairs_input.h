// The prompt pairs that a verb works on: a user's file, or a set that ships with the program.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"

namespace fairprune {

struct PairsFlags {
  std::string path;             // empty: the bundled set
  std::string language = "en";  // of the bundled set
};
// --pairs FILE and --language en|es|ca.
void AddPairsFlags(CLI::App* verb, PairsFlags& flags);

struct LoadedPairs {
  std::vector<PromptPair> pairs;
  std::string source;  // the file's path, or "bundled:en"
  std::string sha256;  // of the file, or of the bundled set's prompts
};
Result<LoadedPairs> LoadPairs(const PairsFlags& flags);

}  // namespace fairprune
