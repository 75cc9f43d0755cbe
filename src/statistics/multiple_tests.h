// Several tests at once: how p-values must be read then.
#pragma once

#include <span>
#include <vector>

namespace fairprune {

// Holm's step-down adjustment: rejecting where the result is at most alpha keeps the chance of any
// false rejection in the family at most alpha, whatever the tests' dependence. In the order of
// `p_values`. Source: Holm 1979.
std::vector<double> HolmAdjust(std::span<const double> p_values);

}  // namespace fairprune
