// The first two principal components of few points in many dimensions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace fairprune {

struct PrincipalComponents {
  std::vector<double> x, y;                 // [N] each: coordinates along the first and the second
  double explained_1 = 0, explained_2 = 0;  // shares of the variance; 0 where all points are equal
};

// `rows`: [N, D] row-major. Signs are such that the entry of each component's direction that is
// largest in size is positive (the first of several). Source: principal component analysis by the
// eigenvectors of the centred points' Gram matrix, by cyclic Jacobi rotations; scikit-learn's PCA
// gives the same up to the sign. Errors: kInvalidArgument (fewer than two rows, a size that does
// not fit, a value that is not finite).
Result<PrincipalComponents> TwoPrincipalComponents(std::span<const double> rows, int64_t num_rows,
                                                   int64_t num_columns);

}  // namespace fairprune
