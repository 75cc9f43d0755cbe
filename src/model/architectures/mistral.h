// Mistral: Llama's layers, with a window over the last positions in some releases.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kMistralArchitecture;
}  // namespace fairprune
