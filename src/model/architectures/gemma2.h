// Gemma 2: norms before and after, soft-caps, a window in every other layer.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kGemma2Architecture;
}  // namespace fairprune
