// Qwen 2 and 2.5: biases of query, key and value; a window in some layers if asked for.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kQwen2Architecture;
}  // namespace fairprune
