// The mean of a range of numbers.
#pragma once

#include <iterator>
#include <numeric>

namespace fairprune {

// Summed in order, in f64; 0 of none.
template <typename Range>
double MeanOf(const Range& values) {
  const auto count = static_cast<double>(std::size(values));
  return count == 0 ? 0.0 : std::accumulate(std::begin(values), std::end(values), 0.0) / count;
}

}  // namespace fairprune
