// Gemma: scaled embeddings, GELU, norms stored as w - 1.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kGemmaArchitecture;
}  // namespace fairprune
