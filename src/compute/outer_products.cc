#include "compute/outer_products.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/vector_kernels.h"

namespace fairprune::compute {
namespace {

constexpr int64_t kPanel = 16;  // columns side by side; two vectors of eight
constexpr int64_t kRows = 4;    // rows of a tile: a tile's sums stay in registers
using Eight = double __attribute__((vector_size(64)));

// out[r][c] += sum over n of a[n][r] * b[n][c], r < 4, c < 16. Both panels are [N, 16].
FP_KERNEL void AddTile(const double* a, const double* b, int64_t num_nodes, double* out) {
  Eight sums[kRows][2] = {};
  for (int64_t n = 0; n < num_nodes; ++n) {
    Eight left, right;
    __builtin_memcpy(&left, b + n * kPanel, sizeof left);
    __builtin_memcpy(&right, b + n * kPanel + 8, sizeof right);
    const double* row = a + n * kPanel;
#pragma GCC unroll 4
    for (int64_t r = 0; r < kRows; ++r) {
      sums[r][0] += row[r] * left;
      sums[r][1] += row[r] * right;
    }
  }
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t c = 0; c < kPanel; ++c) out[r * kPanel + c] += sums[r][c / 8][c % 8];
}

// Columns in panels of 16, zeros behind the last: [F / 16 rounded up][N][16].
std::vector<double> PackPanels(ConstMatrixView rows, int64_t num_panels) {
  std::vector<double> panels(static_cast<size_t>(num_panels * rows.rows * kPanel));
  ParallelFor(num_panels, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel)
      for (int64_t n = 0; n < rows.rows; ++n) {
        const int64_t width = std::min(kPanel, rows.cols - panel * kPanel);
        std::copy_n(rows.row(n) + panel * kPanel, width,
                    panels.begin() + (panel * rows.rows + n) * kPanel);
      }
  });
  return panels;
}

}  // namespace

void AddOuterProducts(ConstMatrixView rows, std::span<double> sums) {
  const int64_t width = rows.cols;
  FP_CHECK(std::ssize(sums) == width * width, "sums are [F, F]");
  const int64_t num_panels = (width + kPanel - 1) / kPanel;
  const std::vector<double> panels = PackPanels(rows, num_panels);
  const auto panel_at = [&](int64_t panel) { return panels.data() + panel * rows.rows * kPanel; };
  ParallelTasks(num_panels, [&](int64_t task, int) {
    const int64_t i = num_panels - 1 - task;  // the longest first
    for (int64_t j = 0; j <= i; ++j)
      for (int64_t first = 0; first < kPanel; first += kRows) {
        double tile[kRows * kPanel] = {};
        AddTile(panel_at(i) + first, panel_at(j), rows.rows, tile);
        for (int64_t r = 0; r < kRows && i * kPanel + first + r < width; ++r) {
          double* out = sums.data() + (i * kPanel + first + r) * width + j * kPanel;
          const int64_t num_cols = std::min(kPanel, width - j * kPanel);
          for (int64_t c = 0; c < num_cols; ++c) out[c] += tile[r * kPanel + c];
        }
      }
  });
}

}  // namespace fairprune::compute
