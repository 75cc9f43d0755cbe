#include "data/embedded.h"

#include <array>
#include <cstddef>

// Defined in embedded.S.
extern "C" {
extern const char kFairprunePairsEn[];
extern const char kFairprunePairsEnEnd[];
extern const char kFairprunePairsEs[];
extern const char kFairprunePairsEsEnd[];
extern const char kFairprunePairsCa[];
extern const char kFairprunePairsCaEnd[];
extern const char kFairpruneTemplatesEn[];
extern const char kFairpruneTemplatesEnEnd[];
extern const char kFairpruneTemplatesEs[];
extern const char kFairpruneTemplatesEsEnd[];
extern const char kFairpruneTemplatesCa[];
extern const char kFairpruneTemplatesCaEnd[];
extern const char kFairpruneTextEn[];
extern const char kFairpruneTextEnEnd[];
extern const char kFairpruneProseEn[];
extern const char kFairpruneProseEnEnd[];
extern const char kFairpruneStereotypesEn[];
extern const char kFairpruneStereotypesEnEnd[];
extern const char kFairpruneStereotypesEs[];
extern const char kFairpruneStereotypesEsEnd[];
extern const char kFairpruneOccupationsEn[];
extern const char kFairpruneOccupationsEnEnd[];
extern const char kFairpruneOccupationsEs[];
extern const char kFairpruneOccupationsEsEnd[];
extern const char kFairpruneCoreferenceEn[];
extern const char kFairpruneCoreferenceEnEnd[];
extern const char kFairpruneKnowledgeEn[];
extern const char kFairpruneKnowledgeEnEnd[];
extern const char kFairpruneKnowledgeEs[];
extern const char kFairpruneKnowledgeEsEnd[];
extern const char kFairpruneContextEn[];
extern const char kFairpruneContextEnEnd[];
extern const char kFairpruneContextEs[];
extern const char kFairpruneContextEsEnd[];
}

namespace fairprune {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::string_view EmbeddedPairs(std::string_view language) {
  if (language == "en") return Between(kFairprunePairsEn, kFairprunePairsEnEnd);
  if (language == "es") return Between(kFairprunePairsEs, kFairprunePairsEsEnd);
  if (language == "ca") return Between(kFairprunePairsCa, kFairprunePairsCaEnd);
  return {};
}

std::string_view EmbeddedTemplates(std::string_view language) {
  if (language == "en") return Between(kFairpruneTemplatesEn, kFairpruneTemplatesEnEnd);
  if (language == "es") return Between(kFairpruneTemplatesEs, kFairpruneTemplatesEsEnd);
  if (language == "ca") return Between(kFairpruneTemplatesCa, kFairpruneTemplatesCaEnd);
  return {};
}

std::string_view EmbeddedTextEn() { return Between(kFairpruneTextEn, kFairpruneTextEnEnd); }

std::string_view EmbeddedProseEn() { return Between(kFairpruneProseEn, kFairpruneProseEnEnd); }

std::span<const EmbeddedFile> EmbeddedSignedItems() {
  static const std::array<EmbeddedFile, 5> kFiles = {{
      {"stereotypes_en", Between(kFairpruneStereotypesEn, kFairpruneStereotypesEnEnd)},
      {"stereotypes_es", Between(kFairpruneStereotypesEs, kFairpruneStereotypesEsEnd)},
      {"occupations_en", Between(kFairpruneOccupationsEn, kFairpruneOccupationsEnEnd)},
      {"occupations_es", Between(kFairpruneOccupationsEs, kFairpruneOccupationsEsEnd)},
      {"coreference_en", Between(kFairpruneCoreferenceEn, kFairpruneCoreferenceEnEnd)},
  }};
  return kFiles;
}

std::span<const EmbeddedFile> EmbeddedProtectedContrasts() {
  static const std::array<EmbeddedFile, 4> kFiles = {{
      {"knowledge_en", Between(kFairpruneKnowledgeEn, kFairpruneKnowledgeEnEnd)},
      {"knowledge_es", Between(kFairpruneKnowledgeEs, kFairpruneKnowledgeEsEnd)},
      {"context_en", Between(kFairpruneContextEn, kFairpruneContextEnEnd)},
      {"context_es", Between(kFairpruneContextEs, kFairpruneContextEsEnd)},
  }};
  return kFiles;
}

}  // namespace fairprune
