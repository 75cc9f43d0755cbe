// Second moments of activations: sums of outer products, in f64.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace fairprune::compute {

// Adds rows^T · rows to `sums` [F, F] row-major, the lower triangle only (column at most row;
// elements above it get values without meaning). `rows` [N, F] f32. Every product and sum is f64,
// nodes in their order: results do not depend on the number of threads.
void AddOuterProducts(ConstMatrixView rows, std::span<double> sums);

}  // namespace fairprune::compute
