// Contrastive prompt pairs: two prompts that differ in one demographic attribute.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace fairprune {

struct PromptPair {
  std::string id, category, attribute_1, attribute_2, template_id, context, prompt_1, prompt_2;
  std::string language;  // "en", "es", …; empty if the file does not say
  std::string split;     // "choose" or "held-out"; empty if the file does not say
  int64_t token_count = 0;
};

// Reads pairs from a JSON list, JSON lines or CSV (chosen by content, docs/formats.md). Required
// columns: prompt_1, prompt_2; known optional ones: id, category, attribute_1, attribute_2,
// token_count, template_id, context, language, split. Errors (all naming file and line):
// kBadFormat for an unknown column, duplicate id, identical or empty prompts, invalid UTF-8, wrong
// type; an empty list.
Result<std::vector<PromptPair>> ReadPairs(const std::string& path);
Result<std::vector<PromptPair>> ParsePairs(const std::string& text, const std::string& source);

// The pairs that ship with the program; `language` is "en", "es" or "ca".
Result<std::vector<PromptPair>> BundledPairs(const std::string& language);

struct PairSplit {
  std::vector<PromptPair> choose, held_out;
};
// By each pair's `split` field where all have one. Otherwise templates are ranked by the SHA-256 of
// their name and the first three in five go to the choosing side; the same for the attribute pairs
// of each category. A pair goes to choose if both its template and its attribute pair are on the
// choosing side, to held_out if both are on the held-out side, and is dropped if they disagree (so
// that neither is shared). Where a pair names no template or attributes, the words that its prompts
// share, or in which they differ, stand for them. Deterministic; the order of pairs plays no part.
PairSplit SplitPairs(const std::vector<PromptPair>& pairs);

// The pair's template; where the file names none, the words that its two prompts share.
std::string TemplateKeyOf(const PromptPair& pair);
// The pair's two attributes, in either order, with '\n' between; where the file names none, the
// words in which its two prompts differ.
std::string AttributeKeyOf(const PromptPair& pair);

// The bundled public-domain text (docs/data.md says which): paragraphs joined by blank lines.
Result<std::string> BundledText();
// Neutral prose that a search may be held to beside the bundled text; nothing is measured on it.
std::string BundledProse();

}  // namespace fairprune
