#include "surgery/least_squares.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "compute/outer_products.h"

namespace fairprune {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Block = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
// The lower triangle of a row-major matrix is the upper one of its transpose, column-major.
using Transposed = Eigen::Map<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

double MedianOfDiagonal(const std::vector<double>& moments, int64_t width, int64_t num_kept) {
  std::vector<double> diagonal;
  for (int64_t i = 0; i < num_kept; ++i)
    diagonal.push_back(moments[static_cast<size_t>(i * width + i)]);
  const auto middle = diagonal.begin() + num_kept / 2;
  std::nth_element(diagonal.begin(), middle, diagonal.end());
  if (*middle > 0) return *middle;
  return *std::max_element(diagonal.begin(), diagonal.end());
}

int64_t NumPairs(const Tensor& pairs) { return pairs.size() == 0 ? 0 : pairs.shape()[0]; }

// Adds μ·S.
void AddPairPenalty(const Tensor& pairs, double penalty, std::vector<double>& moments) {
  if (NumPairs(pairs) == 0 || penalty == 0) return;
  const auto scale = static_cast<float>(std::sqrt(penalty / static_cast<double>(NumPairs(pairs))));
  Tensor scaled(pairs.shape());
  for (int64_t i = 0; i < pairs.size(); ++i) scaled.data()[i] = scale * pairs.data()[i];
  compute::AddOuterProducts(scaled.matrix(), moments);
}

// The mean over the pairs of (M·d)·(M·d)ᵀ, d their elements from `first` on.
Matrix ThroughPairs(const Tensor& pairs, int64_t first, const Matrix& matrix) {
  Matrix sum = Matrix::Zero(matrix.rows(), matrix.rows());
  for (int64_t p = 0; p < NumPairs(pairs); ++p) {
    const float* row = pairs.data() + p * pairs.shape()[1] + first;
    const Eigen::VectorXd image =
        matrix * Eigen::Map<const Eigen::VectorXf>(row, matrix.cols()).cast<double>();
    sum += image * image.transpose();
  }
  return sum / static_cast<double>(std::max<int64_t>(1, NumPairs(pairs)));
}

std::vector<double> ToVector(const Matrix& matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

}  // namespace

Result<RidgeSolution> SolveRidge(RidgeProblem problem) {
  const int64_t num_kept = problem.num_kept, num_taken = problem.num_taken;
  const int64_t width = num_kept + num_taken;
  FP_CHECK(std::ssize(problem.moments) == width * width, "moments are [F, F]");
  if (num_kept < 1 || !(problem.ridge > 0) || !(problem.pair_penalty >= 0))
    return Fail(ErrorCode::kInvalidArgument,
                "{} kept neurons, ridge {}, pair penalty {}; expected above 0, above 0, 0 or above",
                num_kept, problem.ridge, problem.pair_penalty);
  double* moments = problem.moments.data();
  const Matrix cross =
      Block(moments + num_kept * width, num_taken, num_kept, Eigen::OuterStride<>(width));
  Matrix taken = Block(moments + num_kept * width + num_kept, num_taken, num_taken,
                       Eigen::OuterStride<>(width));
  taken = Matrix(taken.selfadjointView<Eigen::Lower>());
  const double lambda = problem.ridge * MedianOfDiagonal(problem.moments, width, num_kept);
  AddPairPenalty(problem.pairs, problem.pair_penalty, problem.moments);
  Transposed kept(moments, num_kept, num_kept, Eigen::OuterStride<>(width));
  kept.diagonal().array() += lambda;
  Eigen::Ref<Eigen::MatrixXd, 0, Eigen::OuterStride<>> in_place(kept);
  const Eigen::LLT<decltype(in_place), Eigen::Upper> cholesky(in_place);
  if (cholesky.info() != Eigen::Success)
    return Fail(ErrorCode::kInvalidArgument,
                "the kept neurons' second moments with ridge {} are not positive definite; use a "
                "larger ridge",
                problem.ridge);
  const Matrix coefficients = cholesky.solve(Eigen::MatrixXd(cross.transpose())).transpose();
  // B·C_KK·Bᵀ = B·C_KR - λ·B·Bᵀ - μ·B·S·Bᵀ, since B·(C_KK + λ·I + μ·S) = C_RK.
  const Matrix along = coefficients * cross.transpose();
  const Matrix rebuilt = ThroughPairs(problem.pairs, 0, coefficients);
  const Matrix residual = taken - along.transpose() -
                          lambda * (coefficients * coefficients.transpose()) -
                          problem.pair_penalty * rebuilt;
  const Matrix identity = Matrix::Identity(num_taken, num_taken);
  return RidgeSolution{.coefficients = ToVector(coefficients),
                       .residual = ToVector(residual),
                       .taken = ToVector(taken),
                       .pairs_rebuilt = ToVector(rebuilt),
                       .pairs_taken = ToVector(ThroughPairs(problem.pairs, num_kept, identity))};
}

}  // namespace fairprune
