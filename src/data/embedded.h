// The files that ship with the program (data/), as views into the program's own read-only bytes.
// They live as long as the program.
#pragma once

#include <span>
#include <string_view>

namespace fairprune {

std::string_view EmbeddedTextEn();   // data/text/neutral_en.txt
std::string_view EmbeddedProseEn();  // data/text/prose_en.txt

// data/pairs/pairs_LANGUAGE.json and data/templates/LANGUAGE.json; empty for a language that does
// not ship.
std::string_view EmbeddedPairs(std::string_view language);
std::string_view EmbeddedTemplates(std::string_view language);

// data/signed/NAME.json of every set of signed items ("stereotypes_en", …) and of protected
// contrasts
// ("knowledge_en", "context_en", …).
struct EmbeddedFile {
  std::string_view name, text;
};
std::span<const EmbeddedFile> EmbeddedSignedItems();
std::span<const EmbeddedFile> EmbeddedProtectedContrasts();

}  // namespace fairprune
