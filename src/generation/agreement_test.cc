#include "generation/agreement.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

TEST(AgreementTest, FirstDifference) {
  EXPECT_EQ(FirstDifference(Ids{1, 2, 3}, Ids{1, 2, 3}), std::nullopt);
  EXPECT_EQ(FirstDifference(Ids{}, Ids{}), std::nullopt);
  EXPECT_EQ(FirstDifference(Ids{1, 2, 3}, Ids{1, 5, 3}), 1);
  EXPECT_EQ(FirstDifference(Ids{1, 2}, Ids{1, 2, 3}), 2);
  EXPECT_EQ(FirstDifference(Ids{}, Ids{4}), 0);
}

TEST(AgreementTest, SameTokensByTheirTexts) {
  const std::string models = std::string(FAIRPRUNE_TESTDATA) + "/models/";
  const auto a = Tokenizer::FromFile(models + "llama/tokenizer.json");
  const auto b = Tokenizer::FromFile(models + "qwen2/tokenizer.json");
  const auto other = Tokenizer::FromFile(std::string(FAIRPRUNE_TESTDATA) +
                                         "/tokenizer/sentencepiece/bpe/tokenizer.model");
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_TRUE(SameTokens(*a, *b, Ids{5, 40, 7}));
  EXPECT_FALSE(SameTokens(*a, *other, Ids{5, 40, 90}));
  EXPECT_FALSE(SameTokens(*a, *b, Ids{5, 9999}));
}

}  // namespace
}  // namespace fairprune
