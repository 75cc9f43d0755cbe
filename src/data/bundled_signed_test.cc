#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/result_matchers.h"
#include "data/signed_items.h"

namespace fairprune {
namespace {

// What tools/signed_promises.py proves of the files must be true of what the program reads.
class BundledSignedTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Result<std::vector<SignedItem>> items = BundledSignedItems(GetParam());
    ASSERT_THAT(items, IsOk());
    items_ = *std::move(items);
    split_ = SplitSignedItems(items_);
  }

  std::vector<SignedItem> items_;
  SignedSplit split_;
};

TEST_P(BundledSignedTest, SidesShareNeitherTargetNorTemplate) {
  EXPECT_EQ(split_.choose.size() + split_.held_out.size(), items_.size());
  EXPECT_EQ(split_.choose.empty(), GetParam() == "coreference_en");
  std::set<std::string> targets, templates;
  for (const SignedItem& item : split_.choose) {
    targets.insert(item.target);
    templates.insert(item.template_id);
  }
  for (const SignedItem& item : split_.held_out) {
    EXPECT_FALSE(targets.contains(item.target)) << item.id;
    EXPECT_FALSE(templates.contains(item.template_id)) << item.id;
  }
}

TEST_P(BundledSignedTest, EveryContrastFavoursBothSidesAlike) {
  for (const auto* side : {&split_.choose, &split_.held_out}) {
    std::map<std::string, std::map<std::string, int>> counts;
    for (const SignedItem& item : *side) {
      if (!item.contrast.empty()) ++counts[item.contrast][item.group];
    }
    for (const auto& [contrast, groups] : counts) {
      ASSERT_EQ(groups.size(), 2u) << contrast;
      EXPECT_EQ(groups.begin()->second, groups.rbegin()->second) << contrast;
    }
  }
}

TEST_P(BundledSignedTest, TraitItemsHaveAThirdWording) {
  for (const SignedItem& item : items_) {
    EXPECT_EQ(item.unrelated.empty(), !item.contrast.empty()) << item.id;
    EXPECT_FALSE(item.target.empty() || item.template_id.empty() || item.context.empty())
        << item.id;
    EXPECT_EQ(item.language, GetParam().substr(GetParam().size() - 2)) << item.id;
  }
}

TEST_P(BundledSignedTest, NoSentenceIsOneOfAPublishedSet) {
  std::set<std::string> published;
  for (const char* name : {"stereoset/test.jsonl", "crows_pairs/crows_pairs_anonymized.csv"}) {
    const std::string path = std::string(FAIRPRUNE_SHARED) + "/data/" + name;
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "shared absent: that no bundled sentence is one of " << path
                   << " is not checked";
    }
    const auto items = ReadSignedItems(path);
    ASSERT_THAT(items, IsOk());
    for (const SignedItem& item : *items) {
      published.insert({item.stereotyped, item.anti_stereotyped, item.unrelated});
    }
  }
  for (const SignedItem& item : items_) {
    EXPECT_FALSE(published.contains(item.stereotyped)) << item.id;
    EXPECT_FALSE(published.contains(item.anti_stereotyped)) << item.id;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, BundledSignedTest,
                         ::testing::Values("stereotypes_en", "stereotypes_es", "occupations_en",
                                           "occupations_es", "coreference_en"),
                         [](const auto& test) { return test.param; });

TEST(BundledSignedItems, UnknownNameListsTheKnownOnes) {
  EXPECT_THAT(
      BundledSignedItems("stereotypes_fr"),
      FailsWith(ErrorCode::kInvalidArgument,
                "no bundled signed items \"stereotypes_fr\"; there are \"stereotypes_en\""));
  EXPECT_THAT(BundledProtectedContrasts("knowledge_fr"),
              FailsWith(ErrorCode::kInvalidArgument, "\"knowledge_en\", \"knowledge_es\""));
}

// The last word of a passage was said before, the other one was not.
TEST(BundledProtectedContrasts, ContextDecides) {
  for (const char* name : {"context_en", "context_es"}) {
    const auto contrasts = BundledProtectedContrasts(name);
    ASSERT_THAT(contrasts, IsOk());
    for (const ProtectedContrast& contrast : *contrasts) {
      const auto count_last = [](const std::string& text) {
        const size_t end = text.find_last_not_of(".\"") + 1;
        const size_t begin = text.find_last_of(' ', end - 1) + 1;
        const std::string word = text.substr(begin, end - begin);
        size_t count = 0;
        for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
          ++count;
        }
        return count;
      };
      EXPECT_GE(count_last(contrast.preferred), 2u) << contrast.preferred;
      EXPECT_EQ(count_last(contrast.other), 1u) << contrast.other;
    }
  }
}

TEST(BundledProtectedContrasts, SidesShareNoTemplate) {
  for (const auto& [name, at_least] :
       {std::pair("knowledge_en", 800u), std::pair("knowledge_es", 120u),
        std::pair("context_en", 500u), std::pair("context_es", 80u)}) {
    const auto contrasts = BundledProtectedContrasts(name);
    ASSERT_THAT(contrasts, IsOk());
    const std::string language = std::string(name).substr(std::string(name).size() - 2);
    EXPECT_GE(contrasts->size(), at_least);
    std::map<std::string, std::set<std::string>> sides;
    for (const ProtectedContrast& contrast : *contrasts) {
      EXPECT_EQ(contrast.language, language);
      sides[contrast.template_id].insert(contrast.split);
    }
    EXPECT_GE(sides.size(), 15u);
    for (const auto& [id, splits] : sides) EXPECT_EQ(splits.size(), 1u) << id;
  }
}

}  // namespace
}  // namespace fairprune
