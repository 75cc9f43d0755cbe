#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/result_matchers.h"
#include "data/pairs.h"

namespace fairprune {
namespace {

using AttributePair = std::set<std::string>;

class BundledPairsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Result<std::vector<PromptPair>> pairs = BundledPairs(GetParam());
    ASSERT_THAT(pairs, IsOk());
    pairs_ = *std::move(pairs);
    split_ = SplitPairs(pairs_);
  }

  std::vector<PromptPair> pairs_;
  PairSplit split_;
};

TEST_P(BundledPairsTest, HasEnoughPairsInEveryCategory) {
  EXPECT_GE(pairs_.size(), 300u);
  std::map<std::string, int> all, held_out;
  std::map<std::string, std::set<AttributePair>> attributes;
  std::set<std::string> templates;
  for (const PromptPair& pair : pairs_) {
    ++all[pair.category];
    templates.insert(pair.template_id);
    attributes[pair.category].insert({pair.attribute_1, pair.attribute_2});
  }
  for (const PromptPair& pair : split_.held_out) ++held_out[pair.category];
  EXPECT_GE(all.size(), 9u);
  EXPECT_GE(templates.size(), 12u);
  for (const auto& [category, count] : all) {
    EXPECT_GE(count, 30) << category;
    EXPECT_GE(attributes[category].size(), 4u) << category;
    EXPECT_GE(held_out[category], 5) << category;
  }
}

TEST_P(BundledPairsTest, EveryFieldIsFilled) {
  for (const PromptPair& pair : pairs_) {
    EXPECT_NE(pair.attribute_1, pair.attribute_2) << pair.id;
    EXPECT_FALSE(pair.template_id.empty()) << pair.id;
    EXPECT_FALSE(pair.context.empty()) << pair.id;
    EXPECT_GE(pair.token_count, 1) << pair.id;
    EXPECT_EQ(pair.language, GetParam()) << pair.id;
  }
}

TEST_P(BundledPairsTest, SplitsShareNeitherTemplateNorAttributePair) {
  EXPECT_EQ(split_.choose.size() + split_.held_out.size(), pairs_.size());
  EXPECT_GE(split_.choose.size(), 200u);
  EXPECT_GE(split_.held_out.size(), 60u);
  std::set<std::string> templates;
  std::set<AttributePair> attributes;
  for (const PromptPair& pair : split_.choose) {
    templates.insert(pair.template_id);
    attributes.insert({pair.attribute_1, pair.attribute_2});
  }
  for (const PromptPair& pair : split_.held_out) {
    EXPECT_FALSE(templates.contains(pair.template_id)) << pair.id;
    EXPECT_FALSE(attributes.contains({pair.attribute_1, pair.attribute_2})) << pair.id;
  }
}

TEST_P(BundledPairsTest, NeitherAttributeIsAlwaysFirst) {
  std::map<AttributePair, std::map<std::string, int>> first;
  for (const PromptPair& pair : pairs_) {
    ++first[{pair.attribute_1, pair.attribute_2}][pair.attribute_1];
  }
  for (const auto& [attributes, counts] : first) {
    EXPECT_EQ(counts.size(), 2u) << "always first: " << counts.begin()->first;
  }
}

TEST_P(BundledPairsTest, NoPromptIsOneOfThePublishedSet) {
  if (GetParam() == "ca") return;  // there is no published set
  const std::string path =
      std::string(FAIRPRUNE_SHARED) + "/data/prompt_pairs/prompt_pairs_" + GetParam() + ".json";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "shared absent: that no bundled prompt is one of " << path << " is not checked";
  }
  const Result<std::vector<PromptPair>> published = ReadPairs(path);
  ASSERT_THAT(published, IsOk());
  std::set<std::string> prompts;
  for (const PromptPair& pair : *published) {
    prompts.insert(pair.prompt_1);
    prompts.insert(pair.prompt_2);
  }
  for (const PromptPair& pair : pairs_) {
    EXPECT_FALSE(prompts.contains(pair.prompt_1)) << pair.id;
    EXPECT_FALSE(prompts.contains(pair.prompt_2)) << pair.id;
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, BundledPairsTest, ::testing::Values("en", "es", "ca"),
                         [](const auto& test) { return test.param; });

TEST(BundledPairs, UnknownLanguageNamesTheKnownOnes) {
  EXPECT_THAT(BundledPairs("fr"),
              FailsWith(ErrorCode::kInvalidArgument, "\"en\", \"es\" and \"ca\""));
}

TEST(BundledText, IsLongPlainProse) {
  const Result<std::string> text = BundledText();
  ASSERT_THAT(text, IsOk());
  EXPECT_GT(text->size(), 100000u);
  EXPECT_NE(text->find("\n\n"), std::string::npos);
  EXPECT_EQ(text->find("\n\n\n"), std::string::npos);
  EXPECT_EQ(text->find('\r'), std::string::npos);
  EXPECT_EQ(text->find("Gutenberg"), std::string::npos);
  EXPECT_EQ(text->find('\0'), std::string::npos);
  EXPECT_EQ(text->back(), '\n');
}

TEST(BundledProse, IsPlainProseInScenes) {
  const std::string prose = BundledProse();
  EXPECT_GT(prose.size(), 45000u);
  EXPECT_EQ(prose.back(), '\n');
  EXPECT_EQ(prose.find("\n\n\n"), std::string::npos);
  EXPECT_TRUE(
      std::ranges::all_of(prose, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
  // What is held back for checks of transfer stays out of all choosing data.
  for (const char* occupation : {"secretary", "nurse", "mechanic", "librarian", "sheriff"}) {
    EXPECT_EQ(prose.find(occupation), std::string::npos) << occupation;
  }
}

}  // namespace
}  // namespace fairprune
