#include "cli/pairs_input.h"

#include "io/hash.h"

namespace fairprune {

void AddPairsFlags(CLI::App* verb, PairsFlags& flags) {
  auto* file = verb->add_option("--pairs", flags.path,
                                "Prompt pairs: a JSON list, JSON lines or CSV (docs/formats.md). "
                                "Default: the pairs that ship with the program");
  verb->add_option("--language", flags.language, "Language of the pairs that ship: en, es or ca")
      ->check(CLI::IsMember({"en", "es", "ca"}))
      ->capture_default_str()
      ->excludes(file);
}

Result<LoadedPairs> LoadPairs(const PairsFlags& flags) {
  LoadedPairs loaded;
  if (!flags.path.empty()) {
    FP_ASSIGN_OR_RETURN(loaded.pairs, ReadPairs(flags.path));
    FP_ASSIGN_OR_RETURN(loaded.sha256, Sha256File(flags.path));
    loaded.source = flags.path;
    return loaded;
  }
  FP_ASSIGN_OR_RETURN(loaded.pairs, BundledPairs(flags.language));
  std::string text;
  for (const PromptPair& pair : loaded.pairs) {
    text += pair.id + '\t' + pair.prompt_1 + '\t' + pair.prompt_2 + '\n';
  }
  loaded.sha256 = Sha256(text);
  loaded.source = "bundled:" + flags.language;
  return loaded;
}

}  // namespace fairprune
