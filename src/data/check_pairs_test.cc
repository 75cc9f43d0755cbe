#include "data/check_pairs.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

// Two templates and two attribute pairs on either side, each attribute first once.
std::vector<PromptPair> GoodPairs() {
  std::vector<PromptPair> pairs;
  for (const char* split : {"choose", "held-out"}) {
    for (const char* name : {"1", "2"}) {
      for (const char* attribute : {"a", "b"}) {
        PromptPair pair;
        const std::string one = std::string(attribute) + "-one-" + split;
        const std::string two = std::string(attribute) + "-two-" + split;
        const bool swapped = (name[0] == '1') == (attribute[0] == 'a');
        pair.id = fmt::format("{}-{}-{}", split, name, attribute);
        pair.category = "C";
        pair.split = split;
        pair.template_id = fmt::format("{}-{}", split, name);
        pair.attribute_1 = swapped ? two : one;
        pair.attribute_2 = swapped ? one : two;
        pair.prompt_1 = fmt::format("In {} of {} the {} one", split, name, pair.attribute_1);
        pair.prompt_2 = fmt::format("In {} of {} the {} one", split, name, pair.attribute_2);
        pairs.push_back(pair);
      }
    }
  }
  return pairs;
}

// The words' lengths as ids: a tokenizer to be checked with.
Result<std::vector<int32_t>> WordLengths(const std::string& text) {
  std::vector<int32_t> ids = {0};
  for (const char c : text) {
    if (c == ' ' || c == '-') {
      ids.push_back(0);
    } else {
      ++ids.back();
    }
  }
  return ids;
}

// "ok", "failed: DETAIL" or "skipped" of one check.
std::string VerdictOf(const std::vector<CheckedPair>& pairs, const std::string& name,
                      const CheckOptions& options = {}) {
  const Result<std::vector<DataCheck>> checks = CheckPairs(pairs, options);
  EXPECT_THAT(checks, IsOk());
  for (const DataCheck& check : *checks) {
    if (check.name != name) continue;
    return !check.ok ? "skipped" : *check.ok ? "ok" : "failed: " + check.detail;
  }
  return "no such check";
}

std::string VerdictOf(const std::vector<PromptPair>& pairs, const std::string& name) {
  return VerdictOf(ToChecked(pairs), name);
}

TEST(CheckPairs, GoodPairsPass) {
  for (const char* name : {"text", "duplicates", "direction", "balance", "leakage"}) {
    EXPECT_EQ(VerdictOf(GoodPairs(), name), "ok") << name;
  }
  EXPECT_EQ(VerdictOf(GoodPairs(), "tokens"), "skipped");
}

TEST(CheckPairs, SeesWhatTheTextsGetWrong) {
  std::vector<PromptPair> pairs = GoodPairs();
  pairs[1].prompt_2 += " ";
  EXPECT_EQ(VerdictOf(pairs, "text"), "failed: wrong: choose-1-b (spaces) (1 in all)");
  pairs[1].prompt_2 = "The {A} one";
  EXPECT_EQ(VerdictOf(pairs, "text"), "failed: wrong: choose-1-b (a slot left open) (1 in all)");
}

TEST(CheckPairs, SeesAPairAgain) {
  std::vector<PromptPair> pairs = GoodPairs();
  pairs.push_back(pairs[0]);
  pairs.back().id = "again";
  std::swap(pairs.back().prompt_1, pairs.back().prompt_2);
  pairs.back().prompt_1.insert(2, " ");
  pairs.back().prompt_2[0] = 'i';
  EXPECT_EQ(VerdictOf(pairs, "duplicates"),
            "failed: said again: again says what choose-1-a says (1 in all)");
}

TEST(CheckPairs, SeesAnAttributeThatAlwaysComesFirst) {
  std::vector<PromptPair> pairs = GoodPairs();
  std::swap(pairs[0].attribute_1, pairs[0].attribute_2);
  EXPECT_EQ(VerdictOf(pairs, "direction"),
            "failed: always the same side: C: a-one-choose|a-two-choose (2 times "
            "\"a-one-choose\") (1 in all)");
}

TEST(CheckPairs, SeesCategoriesOutOfBalance) {
  std::vector<PromptPair> pairs = GoodPairs();
  pairs[0].category = "D";
  EXPECT_EQ(
      VerdictOf(pairs, "balance"),
      "failed: wrong: D has none held out, the largest has 7 pairs, the smallest 1 (2 in all)");
}

TEST(CheckPairs, SeesWhatIsInBothParts) {
  std::vector<PromptPair> pairs = GoodPairs();
  pairs[7].template_id = "choose-1";
  pairs[6].attribute_1 = "a-two-choose";
  pairs[6].attribute_2 = "a-one-choose";
  EXPECT_EQ(VerdictOf(pairs, "leakage"),
            "failed: in both parts: attributes \"a-one-choose|a-two-choose\", template "
            "\"choose-1\" (2 in all)");
  pairs = GoodPairs();
  pairs[7].prompt_1 = pairs[0].prompt_1;
  EXPECT_EQ(VerdictOf(pairs, "leakage"),
            "failed: in both parts: text \"in choose of 1 the a-two-choose one\" (1 in all)");
  pairs.resize(4);
  EXPECT_EQ(VerdictOf(pairs, "leakage"), "skipped");
}

TEST(CheckPairs, CountsTokens) {
  std::vector<PromptPair> pairs = GoodPairs();
  CheckOptions options;
  options.encode = WordLengths;
  EXPECT_EQ(VerdictOf(ToChecked(pairs), "tokens", options), "ok");
  pairs[2].prompt_1 += " more";
  EXPECT_EQ(VerdictOf(ToChecked(pairs), "tokens", options),
            "failed: 7 of 8 pairs have as many tokens in both texts, which differ in 0 to 1; not: "
            "choose-2-a (10 and 9)");
  options.min_aligned_share = 0.8;
  EXPECT_EQ(VerdictOf(ToChecked(pairs), "tokens", options), "ok");
}

TEST(CheckPairs, DifferingTokensAreBetweenWhatIsCommon) {
  const auto differ = [](const std::vector<int32_t>& one, const std::vector<int32_t>& two) {
    const TokenDifference difference = DifferingTokens(one, two);
    return std::pair(difference.first, difference.second);
  };
  EXPECT_EQ(differ({1, 2, 3, 4}, {1, 5, 6, 4}), std::pair(int64_t{2}, int64_t{2}));
  EXPECT_EQ(differ({1, 2, 4}, {1, 5, 6, 4}), std::pair(int64_t{1}, int64_t{2}));
  EXPECT_EQ(differ({1, 1}, {1, 1, 1}), std::pair(int64_t{0}, int64_t{1}));
}

TEST(CheckPairs, TheSetsThatShipPass) {
  for (const char* language : {"en", "es", "ca"}) {
    const Result<std::vector<PromptPair>> pairs = BundledPairs(language);
    ASSERT_THAT(pairs, IsOk());
    for (const char* name : {"text", "duplicates", "direction", "balance", "leakage"}) {
      EXPECT_EQ(VerdictOf(*pairs, name), "ok") << language << " " << name;
    }
  }
  for (const char* set : {"stereotypes_en", "stereotypes_es", "occupations_en"}) {
    const Result<std::vector<SignedItem>> items = BundledSignedItems(set);
    ASSERT_THAT(items, IsOk());
    for (const char* name : {"text", "duplicates", "direction", "leakage"}) {
      EXPECT_EQ(VerdictOf(ToChecked(*items), name), "ok") << set << " " << name;
    }
  }
}

}  // namespace
}  // namespace fairprune
