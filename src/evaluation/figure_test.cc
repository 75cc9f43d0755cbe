// Figures as functions of sums. That they are the harness's is shown in
// evaluation_reference_test.cc and scorer_test.cc; here is what their use in a comparison rests on.
#include "evaluation/figure.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fairprune {
namespace {

TEST(Figure, IsKnownByName) {
  EXPECT_EQ(FindFigure("mean"), &FigureNamed("mean"));
  EXPECT_EQ(FindFigure("median"), nullptr);
}

TEST(Figure, UndefinedWithoutAnItemItIsOf) {
  EXPECT_TRUE(std::isnan(FigureOf(FigureNamed("mean"), {})));
  EXPECT_TRUE(std::isnan(FigureOf(FigureNamed("bbq_bias_ambiguous"), {{0, 1, 1, 1}})));
  EXPECT_TRUE(std::isnan(FigureOf(FigureNamed("bbq_accuracy_disambiguated"), {{1, 0}})));
  EXPECT_TRUE(std::isnan(FigureOf(FigureNamed("esbbq_bias_ambiguous"), {{0, 0, 0}})));
  // No biased answer is no bias.
  EXPECT_EQ(FigureOf(FigureNamed("bbq_bias_disambiguated"), {{1, 0, 0, 1}}), 0);
}

// A term counts once however many items it has, also when whole terms are drawn twice.
TEST(Figure, TermsAreAveragedBeforeTheyAreSummed) {
  const Figure& figure = FigureNamed("stereoset_ss");
  const MetricValues values = {{0, 1, 2}, {0, 0, 2}, {0, 0, 2}, {1, 1, 2}};
  EXPECT_NEAR(FigureOf(figure, values), 100 * (1.0 / 3 + 1) / 2, 1e-12);
  const std::vector<double> columns = ItemColumns(figure, values);
  std::vector<double> sums(3, 0.0);
  for (const size_t item : {0, 1, 2, 3, 3}) {  // the second term twice
    for (size_t c = 0; c < 3; ++c) sums[c] += columns[item * 3 + c];
  }
  EXPECT_NEAR(figure.of(sums), 100 * (1.0 / 3 + 1 + 1) / 3, 1e-12);
}

TEST(Figure, OutcomesAreOfTheItemsThatItIsOf) {
  const auto outcome = [](const char* name, const MetricValue& value) {
    return FigureNamed(name).outcome(value);
  };
  EXPECT_EQ(outcome("mean", {1}), true);
  EXPECT_EQ(outcome("mean", {0}), false);
  EXPECT_EQ(outcome("mean", {0.5}), std::nullopt);
  EXPECT_EQ(outcome("bbq_accuracy_ambiguous", {1, 0}), true);
  EXPECT_EQ(outcome("bbq_accuracy_ambiguous", {1, 1}), std::nullopt);
  EXPECT_EQ(outcome("bbq_bias_disambiguated", {0, 1, 1, 1}), true);
  EXPECT_EQ(outcome("esbbq_accuracy", {0, 0}), std::nullopt);
  EXPECT_EQ(outcome("perplexity", {-1}), std::nullopt);
}

}  // namespace
}  // namespace fairprune
