#include "base/edit_distance.h"

#include <gtest/gtest.h>

namespace fairprune {
namespace {

TEST(EditDistance, CountsChangesInsertionsAndDrops) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("abc", "abc"), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("prompt_1", "promt_2"), 2U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace fairprune
