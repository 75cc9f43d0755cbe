#include "comparison/requirement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "comparison/folder_for_test.h"

namespace fairprune {
namespace {

TEST(ParseRequirement, TakesFieldsSignsAndPercentages) {
  const auto simple = ParseRequirement("bbq.amb_bias_score<-0.01");
  ASSERT_THAT(simple, IsOk());
  EXPECT_EQ(simple->pattern, "bbq.amb_bias_score");
  EXPECT_EQ(simple->field, RequirementField::kDifference);
  EXPECT_EQ(simple->comparison, "<");
  EXPECT_EQ(simple->bound, -0.01);
  EXPECT_TRUE(simple->AsksForChange());
  const auto percent = ParseRequirement(" wikitext.word_perplexity.relative <= +1.5 % ");
  ASSERT_THAT(percent, IsOk());
  EXPECT_EQ(percent->pattern, "wikitext.word_perplexity");
  EXPECT_EQ(percent->field, RequirementField::kRelative);
  EXPECT_EQ(percent->comparison, "<=");
  EXPECT_DOUBLE_EQ(percent->bound, 0.015);
  EXPECT_FALSE(percent->AsksForChange());
  EXPECT_EQ(ParseRequirement("a.b.p_holm<1e-3")->field, RequirementField::kPHolm);
}

TEST(ParseRequirement, SaysWhatIsWrong) {
  const auto fails = [](const std::string& text, const std::string& why) {
    EXPECT_THAT(ParseRequirement(text), FailsWith(ErrorCode::kInvalidArgument, why)) << text;
  };
  fails("bbq.acc", "expected TASK.METRIC, a sign");
  fails("bbq.acc=1", "expected TASK.METRIC, a sign");
  fails("acc<1", "expected TASK.METRIC before the sign");
  fails("bbq.acc<", "expected a number after the sign, found ''");
  fails("bbq.acc<1x", "found '1x'");
  fails("bbq.acc<nan", "found 'nan'");
  fails("bbq.acc=<1", "expected TASK.METRIC, a sign");
}

class RequirementsTest : public testing::Test {
 protected:
  // Forty pairs that differ as `differences` says, again and again.
  void Measure(const std::vector<double>& differences) {
    TestTask before{"t", {{"x", "mean", {}}}, {}}, after = before;
    for (size_t i = 0; i < 40; ++i) {
      const double value = 0.01 * static_cast<double>(i % 5) - 1;
      before.metrics[0].values.push_back({value});
      after.metrics[0].values.push_back({value + differences[i % differences.size()]});
    }
    const auto write = [&](const char* name, const TestTask& task) {
      return *ReadEvaluationFolder(
          WriteFolderForTest(folder_, name, {task}, ResultsForTest({task})));
    };
    auto pair = PairEvaluations(write("a", before), write("b", after));
    ASSERT_THAT(pair, IsOk());
    pair_ = *std::move(pair);
  }

  bool IsMet(const std::string& text, std::optional<double> alpha = {}) {
    const auto checked = CheckRequirements(pair_, {*ParseRequirement(text)}, alpha, options_);
    EXPECT_THAT(checked, IsOk());
    return checked && checked->front().met;
  }

  TempFolder folder_;
  PairedEvaluations pair_;
  PairedOptions options_{.resamples = 2000, .permutations = 2000};
};

TEST_F(RequirementsTest, AClearChangeIsSure) {
  Measure({-0.2, -0.3, -0.25, -0.2});  // mean -0.2375
  EXPECT_TRUE(IsMet("t.x<-0.2"));
  EXPECT_TRUE(IsMet("t.x<-0.2", 0.05));
  EXPECT_FALSE(IsMet("t.x<-0.3"));
  EXPECT_FALSE(IsMet("t.x<-0.3", 0.05));
  EXPECT_TRUE(IsMet("t.x.after<-1.2", 0.05));
  EXPECT_FALSE(IsMet("t.x.before<-1.2"));
  EXPECT_TRUE(IsMet("t.x.p<0.01"));
  EXPECT_TRUE(IsMet("t.x.p_holm<0.01"));
  EXPECT_TRUE(IsMet("t.x.effect_size<-1"));
  EXPECT_TRUE(IsMet("t.x.high<0"));
  EXPECT_FALSE(IsMet("t.x.low>-0.2"));
  // Away from zero: |after| - |before| rose.
  EXPECT_TRUE(IsMet("t.x.magnitude>0.2", 0.05));
  EXPECT_FALSE(IsMet("t.x.magnitude<0"));
  // Of a mean before of -0.98.
  EXPECT_TRUE(IsMet("t.x.relative<-24%"));
  EXPECT_FALSE(IsMet("t.x.relative<-25%"));
}

TEST_F(RequirementsTest, AnUnsureChangeIsNotEnough) {
  Measure({-3, 2.9});  // mean -0.05, and as often up as down
  EXPECT_TRUE(IsMet("t.x<0"));
  EXPECT_FALSE(IsMet("t.x<0", 0.05));
}

TEST_F(RequirementsTest, ToleranceMustHoldAtTheLimitToo) {
  Measure({-3, 2.9});
  EXPECT_TRUE(IsMet("t.x>-0.1"));         // -0.05 is within it
  EXPECT_FALSE(IsMet("t.x>-0.1", 0.05));  // but -0.8 is as likely
  EXPECT_TRUE(IsMet("t.x>-3", 0.05));
  Measure({0});
  EXPECT_TRUE(IsMet("t.x>-0.1", 0.05));
  EXPECT_FALSE(IsMet("t.x<-0.1", 0.05));
}

TEST_F(RequirementsTest, HolmCountsTheConditionsThatAskForAChange) {
  Measure({-1, -1, -1, 1});
  const auto once = CheckRequirements(pair_, {*ParseRequirement("t.x<0")}, 0.05, options_);
  const auto thrice =
      CheckRequirements(pair_,
                        {*ParseRequirement("t.x<0"), *ParseRequirement("*.x<-0.1"),
                         *ParseRequirement("t.x>-9"), *ParseRequirement("t.x<-0.2")},
                        0.05, options_);
  ASSERT_THAT(once, IsOk());
  ASSERT_THAT(thrice, IsOk());
  EXPECT_DOUBLE_EQ(*(*thrice)[0].p_holm, 3 * *(*once)[0].p_holm);
  EXPECT_FALSE((*thrice)[2].p_holm.has_value());
  EXPECT_TRUE((*thrice)[2].limit.has_value());
}

TEST_F(RequirementsTest, RefusesWhatIsNotThere) {
  Measure({0});
  EXPECT_THAT(CheckRequirements(pair_, {*ParseRequirement("u.x<0")}, {}, options_),
              FailsWith(ErrorCode::kInvalidArgument, "is called \"u.x\""));
  EXPECT_THAT(CheckRequirements(pair_, {*ParseRequirement("t.x<0")}, 0.7, options_),
              FailsWith(ErrorCode::kInvalidArgument, "alpha is 0.7"));
}

}  // namespace
}  // namespace fairprune
