// Gemma 3, text: norms of query and key heads, two rotary bases, five windowed layers to one.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kGemma3Architecture;
}  // namespace fairprune
