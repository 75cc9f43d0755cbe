#include "report/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/sample_report_for_test.h"
#include "report/svg.h"

namespace fairprune {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ScaleTest, WidensToRoundTicks) {
  const Scale scale({-0.43, 0.08}, 0, 100, 4);
  EXPECT_THAT(scale.ticks(), ElementsAre(DoubleNear(-0.6, 1e-12), DoubleNear(-0.4, 1e-12),
                                         DoubleNear(-0.2, 1e-12), 0, DoubleNear(0.2, 1e-12)));
  EXPECT_EQ(scale.decimals(), 1);
  EXPECT_NEAR(scale(-0.6), 0, 1e-12);
  EXPECT_NEAR(scale(0.2), 100, 1e-12);
}

TEST(ScaleTest, TakesWhatHasNoRange) {
  EXPECT_EQ(Scale({}, 0, 1).ticks().front(), 0);
  EXPECT_TRUE(std::isfinite(Scale({3, 3}, 0, 1)(3)));
  EXPECT_TRUE(std::isfinite(Scale({std::numeric_limits<double>::quiet_NaN(), 1e9}, 0, 1)(1e9)));
}

// One category of few items, told within 900 %, among others within 10 %.
TEST(IntervalChartTest, OneWideRowDoesNotSetTheScale) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<IntervalRow> rows(3, {"a", 0.05, 0, 0.1, "none", nan, nan});
  rows.push_back({"b", 0.1, -8, 9, "none", nan, nan});
  const double bound = BoundOf(rows);
  EXPECT_DOUBLE_EQ(bound, 0.4);
  const std::string chart = IntervalChart("id", "title", rows, bound);
  EXPECT_THAT(chart, HasSubstr("…"));
  EXPECT_THAT(chart, HasSubstr("b: +10.0 % (95 % interval −800.0 to +900.0 %)"));
  EXPECT_THAT(chart, HasSubstr("+40 %<"));
  EXPECT_THAT(chart, Not(HasSubstr("+500 %<")));
  rows.pop_back();
  EXPECT_TRUE(std::isinf(BoundOf(rows)));
  EXPECT_THAT(IntervalChart("id", "title", rows), Not(HasSubstr("…")));
}

TEST(MiddleNineTenthsTest, LeavesOutTheEnds) {
  std::vector<double> values;
  for (int i = 20; i >= 0; --i) values.push_back(i);
  const Range range = MiddleNineTenths(values);
  EXPECT_EQ(range.low, 1);
  EXPECT_EQ(range.high, 19);
  EXPECT_TRUE(std::isnan(MiddleNineTenths({}).low));
}

TEST(FrontierChartTest, DrawsChoiceCloudAndOthers) {
  const RunReport report = SampleReport("set");
  const std::string svg = FrontierChart(report, report.effects[0]);
  EXPECT_THAT(svg,
              HasSubstr("the choice, 3 neurons: bias −40.0 % (95 % interval −50.0 to −25.0 %)"));
  EXPECT_THAT(svg, HasSubstr("random choice 3: bias +1.0 %"));
  EXPECT_THAT(svg,
              HasSubstr("activation, 13 neurons: bias +1.0 % (no interval), perplexity +0.20 %"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(FrontierChartTest, NothingToCompareWith) {
  RunReport report = SampleReport("set");
  report.frontier.clear();
  report.effects[0].controls.changes.clear();
  EXPECT_THAT(FrontierChart(report, report.effects[0]), IsEmpty());
}

TEST(NeuronMapTest, CountsPerLayer) {
  const std::string svg = NeuronMap(SampleReport());
  EXPECT_THAT(svg, HasSubstr("layer 2: 2 of 100 neurons (2.00 %), 66.7 % of all taken"));
  EXPECT_THAT(svg, HasSubstr("layer 0, neuron 99: score 2.5"));
  EXPECT_THAT(svg, HasSubstr("3 neurons in 3 layers of 100 each; the most, 2, in layer 2"));
}

TEST(SvgTest, AFileOfItsOwnHasItsStyle) {
  Svg svg(10, 20, {"x", "A <title>", "what & why"});
  svg.Rect(1, 2, 3, -4, "heat", "3 < 4", 0.5);
  const std::string file = svg.ToFile();
  EXPECT_THAT(file, HasSubstr("xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(
      file, HasSubstr("<title id=\"x-t\">A &lt;title&gt;</title><desc id=\"x-d\">what &amp; why"));
  EXPECT_THAT(file,
              HasSubstr("height=\"0.0\" class=\"heat\" fill-opacity=\"0.500\"><title>3 &lt; 4"));
  EXPECT_THAT(svg.ToHtml(), Not(HasSubstr("xmlns")));
}

}  // namespace
}  // namespace fairprune
