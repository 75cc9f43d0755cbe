// Phi-3, Phi-3.5, Phi-4 (dense): fused projections, longrope, rotation of a part of the head.
#pragma once

#include "model/architecture.h"

namespace fairprune {
extern const Architecture kPhi3Architecture;
}  // namespace fairprune
