#include "statistics/principal_components.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fairprune {
namespace {

// A symmetric matrix [n, n] and its eigenvectors, by Jacobi's rotations in order.
struct Symmetric {
  size_t n;
  std::vector<double> values;   // [n, n]; after Diagonalise the eigenvalues are on the diagonal
  std::vector<double> vectors;  // [n, n], column j belongs to eigenvalue j

  double& at(size_t i, size_t j) { return values[i * n + j]; }

  double OffDiagonal() {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) sum += at(i, j) * at(i, j);
    }
    return sum;
  }

  void Rotate(size_t p, size_t q) {
    if (at(p, q) == 0) return;
    const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
    const double t = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
    const double c = 1 / std::sqrt(t * t + 1);
    const double s = t * c;
    for (size_t k = 0; k < n; ++k) {
      const double kp = at(k, p);
      const double kq = at(k, q);
      at(k, p) = c * kp - s * kq;
      at(k, q) = s * kp + c * kq;
    }
    for (size_t k = 0; k < n; ++k) {
      const double pk = at(p, k);
      const double qk = at(q, k);
      at(p, k) = c * pk - s * qk;
      at(q, k) = s * pk + c * qk;
      const double vp = vectors[k * n + p];
      const double vq = vectors[k * n + q];
      vectors[k * n + p] = c * vp - s * vq;
      vectors[k * n + q] = s * vp + c * vq;
    }
  }

  void Diagonalise() {
    constexpr int kMostSweeps = 60;
    vectors.assign(n * n, 0);
    double diagonal = 0;
    for (size_t i = 0; i < n; ++i) {
      vectors[i * n + i] = 1;
      diagonal += at(i, i) * at(i, i);
    }
    for (int sweep = 0; sweep < kMostSweeps && OffDiagonal() > 1e-26 * diagonal; ++sweep) {
      for (size_t p = 0; p + 1 < n; ++p) {
        for (size_t q = p + 1; q < n; ++q) Rotate(p, q);
      }
    }
  }
};

// The sign of the largest entry of centred^T * vector, which is the component's direction.
double SignOf(const std::vector<double>& centred, size_t columns,
              const std::vector<double>& coordinates) {
  double largest = 0;
  for (size_t j = 0; j < columns; ++j) {
    double entry = 0;
    for (size_t i = 0; i < coordinates.size(); ++i) {
      entry += coordinates[i] * centred[i * columns + j];
    }
    if (std::abs(entry) > std::abs(largest)) largest = entry;
  }
  return largest < 0 ? -1 : 1;
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
  std::vector<double> centred(rows.begin(), rows.end());
  for (size_t j = 0; j < d; ++j) {
    double mean = 0;
    for (size_t i = 0; i < n; ++i) mean += centred[i * d + j] / static_cast<double>(n);
    for (size_t i = 0; i < n; ++i) centred[i * d + j] -= mean;
  }
  Symmetric gram{n, std::vector<double>(n * n), {}};
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = i; k < n; ++k) {
      const double* a = &centred[i * d];
      gram.at(i, k) = gram.at(k, i) = std::inner_product(a, a + d, &centred[k * d], 0.0);
    }
  }
  gram.Diagonalise();
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return gram.at(a, a) > gram.at(b, b); });
  double total = 0;
  for (size_t i = 0; i < n; ++i) total += std::max(0.0, gram.at(i, i));
  PrincipalComponents result;
  std::vector<double>* const coordinates[] = {&result.x, &result.y};
  double* const explained[] = {&result.explained_1, &result.explained_2};
  for (size_t c = 0; c < 2; ++c) {
    const size_t column = order[c];
    const double value = std::max(0.0, gram.at(column, column));
    for (size_t i = 0; i < n; ++i) {
      coordinates[c]->push_back(gram.vectors[i * n + column] * std::sqrt(value));
    }
    const double sign = SignOf(centred, d, *coordinates[c]);
    for (double& x : *coordinates[c]) x *= sign;
    *explained[c] = total > 0 ? value / total : 0;
  }
  return result;
}

}  // namespace fairprune
