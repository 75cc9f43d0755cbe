#include "base/text.h"

#include <gtest/gtest.h>

namespace fairprune {
namespace {

TEST(AsciiLower, LeavesOtherBytesAlone) { EXPECT_EQ(AsciiLower("AzZ-É1"), "azz-É1"); }

TEST(Trim, LeavesWhatIsBetweenBlanks) {
  EXPECT_EQ(Trim(" \t a b\r"), "a b");
  EXPECT_EQ(Trim(" \t"), "");
  EXPECT_EQ(Trim(""), "");
}

TEST(ReplaceAll, GoesFromLeftToRight) {
  EXPECT_EQ(ReplaceAll("aaa", "aa", "b"), "ba");
  EXPECT_EQ(ReplaceAll("", "a", "b"), "");
  EXPECT_EQ(ReplaceAll("man, man", "man", "M_man"), "M_man, M_man");
}

}  // namespace
}  // namespace fairprune
