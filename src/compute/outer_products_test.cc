#include "compute/outer_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace fairprune::compute {
namespace {

class OuterProducts : public ::testing::TestWithParam<int64_t> {};

TEST_P(OuterProducts, AreThoseOfPlainLoops) {
  const int64_t width = GetParam(), num_nodes = 37;
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  Tensor rows({num_nodes, width});
  for (float& value : rows.span()) value = normal(random);
  std::vector<double> sums(static_cast<size_t>(width * width), 0.5);
  AddOuterProducts(rows.matrix(), sums);
  AddOuterProducts(rows.matrix(), sums);
  for (int64_t i = 0; i < width; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double expected = 0.25;
      for (int64_t n = 0; n < num_nodes; ++n)
        expected += static_cast<double>(rows.matrix().row(n)[i]) * rows.matrix().row(n)[j];
      EXPECT_NEAR(sums[static_cast<size_t>(i * width + j)], 2 * expected, 1e-12 * num_nodes);
    }
}

// Around the widths of panels and tiles.
INSTANTIATE_TEST_SUITE_P(Widths, OuterProducts, ::testing::Values(1, 3, 15, 16, 17, 33, 48, 50));

}  // namespace
}  // namespace fairprune::compute
