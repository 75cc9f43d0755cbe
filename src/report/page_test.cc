#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/page_sections.h"
#include "report/run_report.h"
#include "report/sample_report_for_test.h"

namespace fairprune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(EscapeHtmlTest, MakesMarkupAndBadBytesHarmless) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\" onclick='y'>&"),
            "&lt;a href=&quot;x&quot; onclick=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(EscapeHtml("é 漢\n\t"), "é 漢\n\t");
  EXPECT_EQ(EscapeHtml(std::string("\0\x1b\x7f", 3)), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(EscapeHtml("\xff<"), "\uFFFD&lt;");
  EXPECT_EQ(EscapeHtml("\u0085"), "\uFFFD");
}

TEST(NumbersTest, AsPeopleReadThem) {
  EXPECT_EQ(SignedPercent(-0.407), "−40.7 %");
  EXPECT_EQ(SignedPercent(0.0051, 2), "+0.51 %");
  EXPECT_EQ(SignedPercent(0.0 / 0.0), "not defined");
  EXPECT_EQ(PercentRange(-0.5, 0.25), "−50.0 to +25.0 %");
  EXPECT_EQ(PercentRange(0.0 / 0.0, 0.25), "no interval");
  EXPECT_EQ(PValueText(0.0006), "6.0 × 10<sup>−4</sup>");
  EXPECT_EQ(PValueText(0.0321), "0.032");
  EXPECT_EQ(PValueText(0.0 / 0.0), "");
}

// What a user or a model says stands in dozens of places: none of it may become markup.
TEST(PageTest, NoUserStringIsMarkup) {
  const std::string evil = "<script>alert(1)</script>\" onload='x' &amp; <b>";
  const std::string page = RunReportToHtml(SampleReport(evil));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, Not(HasSubstr("\" onload='x'")));
  EXPECT_THAT(
      page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;amp;"));
  const std::string card = RunReportToModelCard(SampleReport(evil + "|[x](y)`"));
  EXPECT_THAT(card, Not(HasSubstr("<script>alert(1)</script>\" onload='x' &amp; <b>|")));
}

TEST(PageTest, HasEverySectionAndLoadsNothing) {
  const std::string page = RunReportToHtml(SampleReport());
  for (const char* id : {"measured", "frontier", "neurons", "strongest", "items", "transfer",
                         "activations", "cost", "method"}) {
    EXPECT_THAT(page, HasSubstr("<section id=\"" + std::string(id) + "\"")) << id;
    EXPECT_THAT(page, HasSubstr("href=\"#" + std::string(id) + "\"")) << id;
  }
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("\"nan")));
}

TEST(FrontierPictureTest, NamesWhatIsTooDearToDraw) {
  const std::vector<ReportFrontierPoint> points = {{"attribution", 16, "a", -0.1, -0.2, 0, 0.001},
                                                   {"attribution", 32, "a", -0.2, -0.3, 0, 0.002},
                                                   {"activation", 32, "a", -0.3, -0.4, 0, 4.0},
                                                   {"attribution", 16, "b", -0.9, -1, 0, 0.001}};
  const std::string picture = FrontierPicture("id", "a", points).ToFile();
  EXPECT_THAT(picture, HasSubstr("beyond +20 %: activation 32"));
  EXPECT_THAT(picture, HasSubstr("attribution, 32 neurons: bias "));
  EXPECT_THAT(picture, Not(HasSubstr("90.0 %")));
  EXPECT_THAT(picture, Not(HasSubstr("+400")));
}

TEST(PageTest, LeavesOutWhatWasNotMeasured) {
  RunReport report;
  report.fairprune_version = "1";
  const std::string page = RunReportToHtml(report);
  EXPECT_THAT(page, HasSubstr("No neuron was taken: the model is unchanged."));
  for (const char* id : {"frontier", "neurons", "strongest", "items", "transfer", "activations"}) {
    EXPECT_THAT(page, Not(HasSubstr("id=\"" + std::string(id) + "\""))) << id;
  }
}

TEST(HeadlineTest, SaysWhatFellRoseAndWasLost) {
  RunReport report = SampleReport("set");
  EXPECT_EQ(
      HeadlineOf(report),
      "Switching off 3 of 300 neurons (1.00 %) lowered bias on held-out items: set by 40.0 %; "
      "knowledge fell by 25.0 %.");
  report.mode = "remove";
  report.effects[0].finding = "none";
  report.effects[1].finding = "rose";
  EXPECT_EQ(HeadlineOf(report),
            "Removing 3 of 300 neurons (1.00 %) had no measurable effect on set; nothing guarded "
            "measurably got worse.");
  report.effects[0].finding = "rose";
  report.effects[0].change = 0.085;
  report.effects[2].finding = "rose";
  EXPECT_EQ(
      HeadlineOf(report),
      "Removing 3 of 300 neurons (1.00 %) RAISED bias on held-out items: set by 8.5 %; the loss "
      "of neutral text rose by 12.5 %.");
}

TEST(HeadlineTest, NamesCategoriesThatTheSetDoesNotSpeakFor) {
  RunReport report = SampleReport("set");
  report.effects[0].categories[1].finding = "rose";
  report.effects[0].categories[1].change = 0.3;
  report.effects[1].finding = "none";
  report.effects[1].categories = {{"names", 6, 3, 1, 0.5, -0.5, -0.75, -0.25, 0.01, "fell"},
                                  {"law", 6, 3, 1, 0.25, -0.75, -0.75, -0.25, 0.01, "fell"},
                                  {"places", 6, 3, 1, 1.5, 0.5, 0.25, 0.75, 0.01, "rose"}};
  EXPECT_EQ(HeadlineOf(report),
            "Switching off 3 of 300 neurons (1.00 %) lowered bias on held-out items: set by 40.0 "
            "%; it RAISED it within set (other rose by 30.0 %); nothing guarded measurably got "
            "worse as a whole, but within knowledge (names fell by 50.0 %, law fell by 75.0 %).");
  // A share of next to nothing says nothing.
  report.effects[0].categories[1].before = -0.01;
  report.effects[0].categories[1].after = -0.5;
  report.effects[0].categories[1].change = 49;
  EXPECT_THAT(HeadlineOf(report),
              testing::HasSubstr("RAISED it within set (other went from −0.01 to −0.50 nats)"));
}

TEST(OutcomeTest, DependsOnWhatOneWants) {
  EXPECT_EQ(OutcomeOf("bias", "fell"), "good");
  EXPECT_EQ(OutcomeOf("bias", "rose"), "bad");
  EXPECT_EQ(OutcomeOf("guarded", "fell"), "bad");
  EXPECT_EQ(OutcomeOf("guarded", "rose"), "none");
  EXPECT_EQ(OutcomeOf("text", "rose"), "bad");
  EXPECT_EQ(OutcomeOf("words", "rose"), "bad");
  EXPECT_EQ(OutcomeOf("sides", "rose"), "bad");
  EXPECT_EQ(OutcomeOf("text", "none"), "none");
}

TEST(PageTest, TokensAreColouredByTheirChange) {
  const std::string page = RunReportToHtml(SampleReport("w"));
  EXPECT_THAT(page, HasSubstr("<span class=\"c\">w</span>"));
  EXPECT_THAT(page,
              HasSubstr("<span class=\"k d3\" title=\"−3.00 to −4.50 nats (−1.50)\">w</span>"));
  EXPECT_THAT(page,
              HasSubstr("<span class=\"k u1\" title=\"−1.00 to −0.94 nats (+0.06)\"> b</span>"));
  EXPECT_THAT(page, HasSubstr("log-likelihood −4.00 to −5.44 nats"));
}

// A line of its own would be Markdown again.
TEST(ModelCardTest, TheCommandStaysOnItsLine) {
  RunReport report = SampleReport("set");
  report.command = "fairprune run 'a\n# b'";
  EXPECT_THAT(RunReportToModelCard(report),
              HasSubstr("<code>fairprune run &#39;a # b&#39;</code>"));
}

TEST(ModelCardTest, DoesNotVouchForAPlanThatWasGiven) {
  RunReport report = SampleReport("set");
  EXPECT_THAT(RunReportToModelCard(report), HasSubstr("which took no part in the choice."));
  EXPECT_THAT(RunReportToHtml(report), HasSubstr("What is held out took no part in the choice."));
  report.method = "plan";
  for (const std::string& text : {RunReportToModelCard(report), RunReportToHtml(report)}) {
    EXPECT_THAT(text, Not(HasSubstr("took no part")));
    EXPECT_THAT(text, HasSubstr("is not known to this run"));
  }
}

TEST(ModelCardTest, HasTheFiguresAndTheWayBack) {
  const std::string card = RunReportToModelCard(SampleReport("set"));
  EXPECT_THAT(
      card, HasSubstr("| set | bias | 10 | 1.2500 | 0.7500 | −40.0 % | −50.0 to −25.0 % | fell |"));
  EXPECT_THAT(card, HasSubstr("`fairprune restore`"));
  EXPECT_THAT(card, HasSubstr("12 for choosing, 10 held out, 1 left out, SHA-256"));
}

TEST(PageTest, ShowsWhatWasLeftOut) {
  RunReport report = SampleReport("set");
  EXPECT_THAT(RunReportToHtml(report), HasSubstr("<p class=\"muted\">Left out: the tokens"));
  report.inputs[0].skipped = 0;
  EXPECT_THAT(RunReportToHtml(report), Not(HasSubstr("Left out: the tokens")));
  EXPECT_THAT(RunReportToModelCard(report), HasSubstr("10 held out, SHA-256"));
}

}  // namespace
}  // namespace fairprune
