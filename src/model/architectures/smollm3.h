// SmolLM3: Llama's layers, every fourth without rotation.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kSmolLm3Architecture;
}  // namespace fairprune
