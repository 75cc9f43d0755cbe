// OLMo 2: norms after attention and MLP only, and of whole queries and keys.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kOlmo2Architecture;
}  // namespace fairprune
