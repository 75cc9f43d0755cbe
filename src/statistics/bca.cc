#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "statistics/normal.h"
#include "statistics/paired.h"

namespace fairprune {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The value below which `share` of `sorted` lies, linear between neighbours (numpy's default).
double Quantile(const std::vector<double>& sorted, double share) {
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double weight = place - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

// Efron's acceleration: the skewness of the leave-one-out values, a sixth of it. 0 where they are
// all alike.
double Acceleration(std::span<const double> leave_one_out) {
  double mean = 0;
  for (const double value : leave_one_out) mean += value;
  mean /= static_cast<double>(leave_one_out.size());
  double squares = 0, cubes = 0;
  for (const double value : leave_one_out) {
    const double deviation = mean - value;
    squares += deviation * deviation;
    cubes += deviation * deviation * deviation;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

}  // namespace

Interval BcaInterval(double estimate, std::span<const double> replicates,
                     std::span<const double> leave_one_out, double level) {
  FP_CHECK(replicates.size() >= 2 && !leave_one_out.empty(), "replicates and leave-one-out values");
  std::vector<double> sorted(replicates.begin(), replicates.end());
  std::sort(sorted.begin(), sorted.end());
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), estimate) - sorted.begin();
  const auto not_above = std::upper_bound(sorted.begin(), sorted.end(), estimate) - sorted.begin();
  // Replicates that equal the estimate count half on either side.
  const double share =
      static_cast<double>(below + not_above) / (2 * static_cast<double>(sorted.size()));
  if (share <= 0 || share >= 1 || sorted.front() == sorted.back()) return {kNaN, kNaN};
  const double bias = NormalQuantile(share);
  const double acceleration = Acceleration(leave_one_out);
  const auto limit = [&](double tail) {
    const double z = bias + NormalQuantile(tail);
    return Quantile(sorted, NormalCdf(bias + z / (1 - acceleration * z)));
  };
  return {limit((1 - level) / 2), limit((1 + level) / 2)};
}

}  // namespace fairprune
