#include "report/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/result_matchers.h"
#include "base/text.h"
#include "report/sample_report_for_test.h"

namespace fairprune {
namespace {

using ::testing::HasSubstr;

TEST(RunReportTest, JsonGivesTheSameReportBack) {
  const std::string json = RunReportToJson(SampleReport("a \"quoted\" é\n"));
  const auto read = ParseRunReport(json, "r.json");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(RunReportToJson(*read), json);
  EXPECT_EQ(RunReportToHtml(*read), RunReportToHtml(SampleReport("a \"quoted\" é\n")));
  EXPECT_TRUE(std::isnan(read->frontier[0].low));
  EXPECT_THAT(json, HasSubstr("\"schema_version\": 1,"));
}

TEST(RunReportTest, FrontierMayBeMissing) {
  RunReport report = SampleReport();
  report.frontier.clear();
  const std::string json = ReplaceAll(RunReportToJson(report), "\"frontier\": [],", "");
  EXPECT_THAT(ParseRunReport(json, "r.json"), IsOk());
}

TEST(RunReportTest, CategoriesMayBeUntested) {
  const std::string json =
      ReplaceAll(RunReportToJson(SampleReport("s")),
                 ",\n     \"p_holm\": 0.0625,\n     \"finding\": \"fell\"", "");
  const auto read = ParseRunReport(json, "r.json");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->effects[0].categories[0].finding, "untested");
  EXPECT_TRUE(std::isnan(read->effects[0].categories[0].p_holm));
  EXPECT_EQ(read->effects[0].categories[0].high, 0.25);
}

TEST(RunReportTest, ErrorsNameThePlace) {
  const std::string json = RunReportToJson(SampleReport());
  const auto with = [&](const char* from, const char* to) {
    const std::string changed = ReplaceAll(json, from, to);
    EXPECT_NE(changed, json) << from;
    return ParseRunReport(changed, "r.json");
  };
  EXPECT_THAT(
      with("\"schema_version\": 1", "\"schema_version\": 2"),
      FailsWith(ErrorCode::kUnsupported, "r.json: schema_version is 2, this program reads 1"));
  EXPECT_THAT(with("\"finding\": \"none\"", "\"finding\": 3"),
              FailsWith(ErrorCode::kBadFormat, "r.json: effects[2].finding: expected a string"));
  EXPECT_THAT(
      with("\"neuron\": 7", "\"neuron\": 7.5"),
      FailsWith(ErrorCode::kBadFormat, "neurons[2].neuron: expected an integer, found number"));
  EXPECT_THAT(
      with("\"scored\": false", "\"scored\": 0"),
      FailsWith(ErrorCode::kBadFormat, "wordings[0].tokens[0].scored: expected true or false"));
  EXPECT_THAT(with("\"alpha\"", "\"alpha_\""), FailsWith(ErrorCode::kBadFormat, "alpha: missing"));
  EXPECT_THAT(with("\"p_holm\": 0.03", "\"p_holm\": \"x\""),
              FailsWith(ErrorCode::kBadFormat, "effects[1].p_holm: expected a number or null"));
  EXPECT_THAT(with("\"verdicts\": [", "\"verdicts\": 1, \"x\": ["),
              FailsWith(ErrorCode::kBadFormat, "verdicts: expected a list"));
  EXPECT_THAT(ParseRunReport("[]", "r.json"),
              FailsWith(ErrorCode::kBadFormat, "expected an object"));
  EXPECT_THAT(ReadRunReport("gone/report.json"),
              FailsWith(ErrorCode::kNotFound, "gone/report.json"));
}

TEST(ChosenPointsTest, BiasSetsWithTheTextsPerplexity) {
  const std::vector<ReportFrontierPoint> points = ChosenPoints(SampleReport("set"));
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].set, "set");
  EXPECT_EQ(points[0].neurons, 3);
  EXPECT_EQ(points[0].bias_change, -0.4);
  EXPECT_NEAR(points[0].perplexity_change, std::exp(0.5) - 1, 1e-12);
}

}  // namespace
}  // namespace fairprune
