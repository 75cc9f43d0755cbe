#include "data/embedded.h"

#include <cstddef>

// Defined in embedded.S.
extern "C" {
extern const char kFairprunePairsEn[];
extern const char kFairprunePairsEnEnd[];
extern const char kFairprunePairsEs[];
extern const char kFairprunePairsEsEnd[];
extern const char kFairpruneTextEn[];
extern const char kFairpruneTextEnEnd[];
}

namespace fairprune {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::string_view EmbeddedPairsEn() { return Between(kFairprunePairsEn, kFairprunePairsEnEnd); }

std::string_view EmbeddedPairsEs() { return Between(kFairprunePairsEs, kFairprunePairsEsEnd); }

std::string_view EmbeddedTextEn() { return Between(kFairpruneTextEn, kFairpruneTextEnEnd); }

}  // namespace fairprune
