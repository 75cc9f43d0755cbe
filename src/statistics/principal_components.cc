#include "statistics/principal_components.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace fairprune {
namespace {

// The sign of the largest entry of the component's direction [d].
double SignOf(const Eigen::VectorXd& direction) {
  Eigen::Index largest = 0;
  direction.cwiseAbs().maxCoeff(&largest);
  return direction[largest] < 0 ? -1 : 1;
}

}  // namespace

Result<PrincipalComponents> TwoPrincipalComponents(std::span<const double> rows, int64_t num_rows,
                                                   int64_t num_columns) {
  const auto n = static_cast<size_t>(std::max<int64_t>(0, num_rows));
  const auto d = static_cast<size_t>(std::max<int64_t>(0, num_columns));
  if (n < 2 || d < 1 || rows.size() != n * d) {
    return Fail(ErrorCode::kInvalidArgument,
                "principal components need two rows or more of one column or more, found {} values "
                "for [{}, {}]",
                rows.size(), num_rows, num_columns);
  }
  if (!std::ranges::all_of(rows, [](double v) { return std::isfinite(v); })) {
    return Fail(ErrorCode::kInvalidArgument, "principal components: a value is not finite");
  }
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix centred = Eigen::Map<const Matrix>(rows.data(), num_rows, num_columns);
  centred.rowwise() -= centred.colwise().mean().eval();
  // Of centred * centredᵀ [n, n], eigenvalues rising: its vectors are the coordinates, up to scale.
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> gram(centred * centred.transpose());
  const Eigen::VectorXd values = gram.eigenvalues().cwiseMax(0);
  const double total = values.sum();
  PrincipalComponents result;
  std::vector<double>* const coordinates[] = {&result.x, &result.y};
  double* const explained[] = {&result.explained_1, &result.explained_2};
  for (int64_t c = 0; c < 2; ++c) {
    const int64_t column = num_rows - 1 - c;
    Eigen::VectorXd scaled = gram.eigenvectors().col(column) * std::sqrt(values[column]);
    scaled *= SignOf(centred.transpose() * scaled);
    coordinates[c]->assign(scaled.begin(), scaled.end());
    *explained[c] = total > 0 ? values[column] / total : 0;
  }
  return result;
}

}  // namespace fairprune
