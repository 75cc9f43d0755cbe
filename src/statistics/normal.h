// The standard normal distribution.
#pragma once

namespace fairprune {

// P(Z <= z).
double NormalCdf(double z);
// The z with NormalCdf(z) == p, 0 < p < 1, within 1e-13 for p in [1e-15, 1 - 1e-15].
double NormalQuantile(double p);

}  // namespace fairprune
