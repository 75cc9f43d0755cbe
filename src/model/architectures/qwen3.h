// Qwen 3: norms of each query and key head; a window in some layers if asked for.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kQwen3Architecture;
}  // namespace fairprune
