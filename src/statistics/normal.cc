#include "statistics/normal.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace fairprune {

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double NormalQuantile(double p) {
  FP_CHECK(p > 0 && p < 1, "a probability between 0 and 1");
  if (p > 0.5) return -NormalQuantile(1 - p);
  // Newton's steps on log P(Z <= z), which is concave: from the left they never overshoot. In the
  // left tail log P is about -z*z / 2, which gives the start.
  const double wanted = std::log(p);
  double z = -std::sqrt(-2 * wanted) - 1;
  for (int step = 0; step < 100; ++step) {
    const double cdf = NormalCdf(z);
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    const double change = (wanted - std::log(cdf)) * cdf / density;
    z += change;
    if (std::fabs(change) < 1e-15 * (1 + std::fabs(z))) break;
  }
  return z;
}

}  // namespace fairprune
