#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/result_matchers.h"
#include "data/pairs.h"

namespace fairprune {
namespace {

// `num_templates` × `num_attributes` pairs in each of two categories.
std::vector<PromptPair> Grid(int num_templates, int num_attributes, bool with_names) {
  std::vector<PromptPair> pairs;
  for (const char* category : {"A", "B"}) {
    for (int t = 0; t < num_templates; ++t) {
      for (int a = 0; a < num_attributes; ++a) {
        PromptPair pair;
        pair.id = fmt::format("{}-{}-{}", category, t, a);
        pair.category = category;
        const std::string one = fmt::format("{}x{}", category, a);
        const std::string two = fmt::format("{}y{}", category, a);
        pair.prompt_1 = fmt::format("The {} one of template {} and", one, t);
        pair.prompt_2 = fmt::format("The {} one of template {} and", two, t);
        if (with_names) {
          pair.template_id = fmt::format("T{}", t);
          pair.attribute_1 = t % 2 == 0 ? one : two;  // either order is the same pair
          pair.attribute_2 = t % 2 == 0 ? two : one;
        }
        pairs.push_back(pair);
      }
    }
  }
  return pairs;
}

// Templates and attributes of the grid's pairs, read from their ids.
struct Sides {
  std::set<std::string> templates, attributes, categories;
};

Sides SidesOf(const std::vector<PromptPair>& pairs) {
  Sides sides;
  for (const PromptPair& pair : pairs) {
    const size_t dash = pair.id.rfind('-');
    sides.templates.insert(pair.id.substr(2, dash - 2));
    sides.attributes.insert(pair.category + pair.id.substr(dash));
    sides.categories.insert(pair.category);
  }
  return sides;
}

std::vector<std::string> Shared(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  return shared;
}

class SplitPairsTest : public ::testing::TestWithParam<bool> {};

TEST_P(SplitPairsTest, SidesShareNothingAndBothHaveEveryCategory) {
  for (const int num_templates : {2, 3, 5, 8}) {
    const PairSplit split = SplitPairs(Grid(num_templates, 4, GetParam()));
    const Sides choose = SidesOf(split.choose), held_out = SidesOf(split.held_out);
    EXPECT_THAT(Shared(choose.templates, held_out.templates), ::testing::IsEmpty());
    EXPECT_THAT(Shared(choose.attributes, held_out.attributes), ::testing::IsEmpty());
    EXPECT_EQ(choose.categories.size(), 2u);
    EXPECT_EQ(held_out.categories.size(), 2u);
  }
}

TEST_P(SplitPairsTest, OrderPlaysNoPart) {
  std::vector<PromptPair> pairs = Grid(5, 4, GetParam());
  const PairSplit split = SplitPairs(pairs);
  std::reverse(pairs.begin(), pairs.end());
  const PairSplit reversed = SplitPairs(pairs);
  EXPECT_EQ(SidesOf(split.choose).templates, SidesOf(reversed.choose).templates);
  EXPECT_EQ(SidesOf(split.choose).attributes, SidesOf(reversed.choose).attributes);
  EXPECT_EQ(split.held_out.size(), reversed.held_out.size());
}

INSTANTIATE_TEST_SUITE_P(Names, SplitPairsTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Given" : "FromPrompts"; });

TEST(SplitPairs, TheSplitFieldDecidesWhereAllHaveOne) {
  std::vector<PromptPair> pairs = Grid(2, 2, true);
  for (PromptPair& pair : pairs) pair.split = "choose";
  pairs.back().split = "held-out";
  const PairSplit split = SplitPairs(pairs);
  EXPECT_EQ(split.choose.size(), pairs.size() - 1);
  ASSERT_EQ(split.held_out.size(), 1u);
  EXPECT_EQ(split.held_out.front().id, pairs.back().id);

  pairs.front().split.clear();
  const Sides choose = SidesOf(SplitPairs(pairs).choose);
  EXPECT_EQ(choose.templates.size(), 1u) << "one pair without the field: all are split by hash";
}

TEST(SplitPairs, AnAttributePairOfTwoCategoriesStaysOnOneSide) {
  std::vector<PromptPair> pairs = Grid(6, 5, true);
  for (PromptPair& pair : pairs) {
    pair.attribute_1.erase(0, 1);
    pair.attribute_2.erase(0, 1);
  }
  const PairSplit split = SplitPairs(pairs);
  std::set<std::string> choose;
  for (const PromptPair& pair : split.choose) choose.insert(pair.attribute_1);
  ASSERT_FALSE(split.held_out.empty());
  for (const PromptPair& pair : split.held_out) EXPECT_FALSE(choose.contains(pair.attribute_1));
}

TEST(SplitPairs, NothingAndOnePair) {
  EXPECT_TRUE(SplitPairs({}).choose.empty());
  const PairSplit split = SplitPairs(Grid(1, 1, true));
  EXPECT_EQ(split.choose.size(), 2u);
  EXPECT_TRUE(split.held_out.empty());
}

}  // namespace
}  // namespace fairprune
