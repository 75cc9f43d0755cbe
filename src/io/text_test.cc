#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

TEST(Utf8Test, AcceptsEveryLength) {
  EXPECT_EQ(FindInvalidUtf8("plain text, longer than eight bytes"), std::string::npos);
  EXPECT_EQ(FindInvalidUtf8("\u00e9 \u20ac \U0001F600 \U0010FFFF"), std::string::npos);
  EXPECT_EQ(FindInvalidUtf8(""), std::string::npos);
}

TEST(Utf8Test, FindsTheFirstBadByte) {
  EXPECT_EQ(FindInvalidUtf8("ab\x80"), 2U);                   // continuation alone
  EXPECT_EQ(FindInvalidUtf8("\xC0\xAF"), 0U);                 // overlong, two bytes
  EXPECT_EQ(FindInvalidUtf8("\xE0\x80\x80"), 0U);             // overlong, three bytes
  EXPECT_EQ(FindInvalidUtf8("\xF0\x80\x80\x80"), 0U);         // overlong, four bytes
  EXPECT_EQ(FindInvalidUtf8("0123456789\xED\xA0\x80"), 10U);  // surrogate
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0U);         // above U+10FFFF
  EXPECT_EQ(FindInvalidUtf8("\xF5\x80\x80\x80"), 0U);
  EXPECT_EQ(FindInvalidUtf8("abc\xE2\x82"), 3U);  // cut off
}

TEST(ReadTextFileTest, ReadsOrSaysWhy) {
  const TempFolder folder;
  const std::string large(300000, 'x');
  EXPECT_THAT(ReadTextFile(folder.Write("a", large)), IsOkAndHolds(large));
  EXPECT_THAT(ReadTextFile(folder.File("none")), FailsWith(ErrorCode::kNotFound, "none"));
  EXPECT_THAT(ReadTextFile(folder.path()), FailsWith(ErrorCode::kNotFound, "found a folder"));
}

}  // namespace
}  // namespace fairprune
