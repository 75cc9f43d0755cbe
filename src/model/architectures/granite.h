// Granite: Llama's layers with multipliers of embedding, attention, residual and logits.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kGraniteArchitecture;
}  // namespace fairprune
