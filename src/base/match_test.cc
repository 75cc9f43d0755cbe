#include "base/match.h"

#include <gtest/gtest.h>

namespace fairprune {
namespace {

TEST(MatchesPattern, StarsStandForAnyLetters) {
  EXPECT_TRUE(MatchesPattern("mmlu_*", "mmlu_anatomy"));
  EXPECT_TRUE(MatchesPattern("mmlu_*", "mmlu_"));
  EXPECT_TRUE(MatchesPattern("*.acc", "piqa.acc"));
  EXPECT_TRUE(MatchesPattern("b*q*s", "bbq.bias"));
  EXPECT_TRUE(MatchesPattern("*", ""));
  EXPECT_FALSE(MatchesPattern("*.acc", "piqa.acc_norm"));
  EXPECT_FALSE(MatchesPattern("mmlu", "mmlu_anatomy"));
  EXPECT_FALSE(MatchesPattern("mmlu_*", "mml"));
}

}  // namespace
}  // namespace fairprune
