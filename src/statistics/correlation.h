// How far two estimates of the same things agree.
#pragma once

#include <span>

namespace fairprune {

// Pearson's product-moment correlation. NaN with fewer than two pairs or where either is constant.
// Both must be of one size.
double PearsonCorrelation(std::span<const double> x, std::span<const double> y);
// Pearson's of the ranks, ties sharing their mean rank. Source: Spearman 1904.
double SpearmanCorrelation(std::span<const double> x, std::span<const double> y);

}  // namespace fairprune
