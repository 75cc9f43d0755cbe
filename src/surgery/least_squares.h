// Ridge regression of removed neurons on the kept ones (docs/methods.md, "Compensation"). Internal
// to this room.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace fairprune {

// Of one layer. K neurons stay, R go, F = K + R; everywhere the kept ones come first.
struct RidgeProblem {
  int64_t num_kept = 0, num_taken = 0;
  // [F, F] row-major, lower triangle: C, the mean of a·aᵀ over the text's tokens.
  std::vector<double> moments;
  Tensor pairs;             // [P, F]: differences d of a between the prompts of a pair
  double ridge = 0;         // λ over the median of C's diagonal at the kept neurons
  double pair_penalty = 0;  // μ
};

struct RidgeSolution {
  // B [R, K]: what the kept neurons say of the removed ones.
  std::vector<double> coefficients;
  // [R, R], full: the mean of (a_R - B·a_K)·(a_R - B·a_K)ᵀ, and that of a_R·a_Rᵀ.
  std::vector<double> residual, taken;
  // [R, R], full: the mean over the pairs of (B·d_K)·(B·d_K)ᵀ, and that of d_R·d_Rᵀ.
  std::vector<double> pairs_rebuilt, pairs_taken;
};

// The B that makes the mean of |a_R - B·a_K|² over the tokens, plus λ·|B|², plus μ times the mean
// of |B·d_K|² over the pairs, smallest: B = C_RK·(C_KK + λ·I + μ·S)⁻¹ with S the mean of d_K·d_Kᵀ;
// by Cholesky decomposition in f64, in the memory of `problem.moments`. Errors: kInvalidArgument
// (no kept neuron, a ridge that is not above 0, a matrix that is not positive definite).
Result<RidgeSolution> SolveRidge(RidgeProblem problem);

}  // namespace fairprune
