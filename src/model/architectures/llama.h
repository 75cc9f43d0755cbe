// The Llama family (Llama 1 to 3, SmolLM2, and whatever else calls itself "llama").
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kLlamaArchitecture, kDeciArchitecture;
}  // namespace fairprune
