#include "statistics/principal_components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(TwoPrincipalComponentsTest, FindsTheAxesOfARectangle) {
  // Corners of a rectangle of 8 by 2 about (1, 1), turned by 0 degrees: variances 16 and 1.
  const std::vector<double> rows = {-3, 0, 5, 0, 5, 2, -3, 2};
  const auto found = TwoPrincipalComponents(rows, 4, 2);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->x, ElementsAre(DoubleNear(-4, 1e-12), DoubleNear(4, 1e-12),
                                    DoubleNear(4, 1e-12), DoubleNear(-4, 1e-12)));
  EXPECT_THAT(found->y, ElementsAre(DoubleNear(-1, 1e-12), DoubleNear(-1, 1e-12),
                                    DoubleNear(1, 1e-12), DoubleNear(1, 1e-12)));
  EXPECT_NEAR(found->explained_1, 16.0 / 17, 1e-12);
  EXPECT_NEAR(found->explained_2, 1.0 / 17, 1e-12);
}

// numpy.linalg.svd of the centred matrix, with the sign rule of the header.
TEST(TwoPrincipalComponentsTest, AgreesWithSvd) {
  const std::vector<double> rows = {1, 2, 3, 4, 2,  1, 0,  -1, 0.5, -2,
                                    4, 1, 3, 3, -1, 2, -1, 0,  2,   5};
  const auto found = TwoPrincipalComponents(rows, 5, 4);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->x,
              ElementsAre(DoubleNear(1.271542286113, 1e-10), DoubleNear(-3.038495968159, 1e-10),
                          DoubleNear(2.331237546266, 1e-10), DoubleNear(-3.483349614190, 1e-10),
                          DoubleNear(2.919065749970, 1e-10)));
  EXPECT_THAT(found->y,
              ElementsAre(DoubleNear(1.748363765187, 1e-10), DoubleNear(-2.011860633924, 1e-10),
                          DoubleNear(-3.119762153891, 1e-10), DoubleNear(1.708604820068, 1e-10),
                          DoubleNear(1.674654202561, 1e-10)));
  EXPECT_NEAR(found->explained_1, 0.577165865912, 1e-11);
  EXPECT_NEAR(found->explained_2, 0.352516751436, 1e-11);
}

TEST(TwoPrincipalComponentsTest, EqualPointsExplainNothing) {
  const auto found = TwoPrincipalComponents(std::vector<double>{2, 3, 2, 3}, 2, 2);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->x, ElementsAre(0, 0));
  EXPECT_EQ(found->explained_1, 0);
}

TEST(TwoPrincipalComponentsTest, RefusesWhatHasNoComponents) {
  EXPECT_THAT(TwoPrincipalComponents(std::vector<double>{1, 2}, 1, 2),
              FailsWith(ErrorCode::kInvalidArgument, "two rows"));
  EXPECT_THAT(TwoPrincipalComponents(std::vector<double>{1, 2, 3}, 2, 2),
              FailsWith(ErrorCode::kInvalidArgument, "found 3 values"));
  EXPECT_THAT(
      TwoPrincipalComponents(std::vector<double>{1, std::numeric_limits<double>::infinity()}, 2, 1),
      FailsWith(ErrorCode::kInvalidArgument, "not finite"));
}

}  // namespace
}  // namespace fairprune
