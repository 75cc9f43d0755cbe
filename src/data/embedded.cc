#include "data/embedded.h"

#include <cstddef>

// Defined in embedded.S.
extern "C" {
extern const char fairprune_embedded_pairs_en[];
extern const char fairprune_embedded_pairs_en_end[];
extern const char fairprune_embedded_pairs_es[];
extern const char fairprune_embedded_pairs_es_end[];
extern const char fairprune_embedded_text_en[];
extern const char fairprune_embedded_text_en_end[];
}

namespace fairprune {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::string_view EmbeddedPairsEn() {
  return Between(fairprune_embedded_pairs_en, fairprune_embedded_pairs_en_end);
}

std::string_view EmbeddedPairsEs() {
  return Between(fairprune_embedded_pairs_es, fairprune_embedded_pairs_es_end);
}

std::string_view EmbeddedTextEn() {
  return Between(fairprune_embedded_text_en, fairprune_embedded_text_en_end);
}

}  // namespace fairprune
