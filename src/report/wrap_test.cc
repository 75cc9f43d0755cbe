#include "report/wrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairprune {
namespace {

using testing::ElementsAre;

TEST(WrapTextTest, BreaksAtSpaces) {
  EXPECT_THAT(WrapText("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(WrapText("one two three", 13), ElementsAre("one two three"));
  EXPECT_THAT(WrapText("one   two", 5), ElementsAre("one", "two"));
}

TEST(WrapTextTest, LeavesWhatFits) {
  EXPECT_THAT(WrapText("", 4), ElementsAre(""));
  EXPECT_THAT(WrapText("  a  b", kAnyWidth), ElementsAre("  a  b"));
}

TEST(WrapTextTest, BreaksLongWords) {
  EXPECT_THAT(WrapText("abcdefgh ij", 3), ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(WrapText("ab", 0), ElementsAre("a", "b"));
}

TEST(WrapTextTest, KeepsLineBreaks) {
  EXPECT_THAT(WrapText("a\n\nb c", 1), ElementsAre("a", "", "b", "c"));
}

TEST(WrapTextTest, CountsWhatIsSeen) {
  EXPECT_THAT(WrapText("日本語 é", 4), ElementsAre("日本", "語 é"));
}

TEST(CutToWidthTest, MarksWhatWasCut) {
  EXPECT_EQ(CutToWidth("abc", 3), "abc");
  EXPECT_EQ(CutToWidth("abcd", 3), "ab…");
  EXPECT_EQ(CutToWidth("日本語", 4), "日…");
  EXPECT_EQ(CutToWidth("abc", 0), "");
}

}  // namespace
}  // namespace fairprune
