// How far two names are from each other, for "did you mean …".
#pragma once

#include <cstddef>
#include <string_view>

namespace fairprune {

// Bytes to change, insert or drop to get from `a` to `b` (Levenshtein 1966).
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace fairprune
