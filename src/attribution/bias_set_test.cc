#include "attribution/bias_set.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

SignedItem Item(const std::string& group, const std::string& target,
                const std::string& template_id = "") {
  SignedItem item;
  item.id = group + target;
  item.contrast = group.empty() ? "" : "he|she";
  item.group = group;
  item.target = target;
  item.template_id = template_id;
  item.stereotyped = "the " + target + " ran";
  item.anti_stereotyped = "the " + target + " sat";
  return item;
}

TEST(BalanceWeightsTest, BothSidesWeighTheSame) {
  const std::vector<SignedItem> items = {Item("he", "a"), Item("he", "b"), Item("he", "c"),
                                         Item("she", "d"), Item("", "e")};
  const std::vector<double> weights = BalanceWeights(items);
  EXPECT_DOUBLE_EQ(weights[0] + weights[1] + weights[2], 2);
  EXPECT_DOUBLE_EQ(weights[3], 2);
  EXPECT_DOUBLE_EQ(weights[4], 1);
}

// The constructed case of docs/methods.md: something that makes "he" likelier everywhere raises the
// preference of every item that favours "he" by c and lowers that of every other by c. That is no
// bias: the weighted mean must not move, although three of four items rise.
TEST(BalanceWeightsTest, AShiftOfOneSidesPriorIsNoBias) {
  const std::vector<SignedItem> items = {Item("he", "a"), Item("he", "b"), Item("he", "c"),
                                         Item("she", "d")};
  const std::vector<double> weights = BalanceWeights(items);
  const double c = 0.7;
  double plain = 0;
  double balanced = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const double shift = items[i].group == "he" ? c : -c;
    plain += shift;
    balanced += weights[i] * shift;
  }
  EXPECT_GT(plain, 1);
  EXPECT_NEAR(balanced, 0, 1e-12);
}

TEST(BalanceWeightsTest, AContrastOfOneSideKeepsItsWeights) {
  EXPECT_EQ(BalanceWeights({Item("he", "a"), Item("he", "b")}), (std::vector<double>{1, 1}));
}

TEST(ClusterItemsTest, TheCoarserOfTargetAndTemplate) {
  // Two targets, four templates: targets.
  const std::vector<SignedItem> by_target = {Item("he", "a", "1"), Item("he", "a", "2"),
                                             Item("he", "b", "3"), Item("he", "b", "4")};
  EXPECT_EQ(ClusterItems(by_target), (std::vector<int64_t>{0, 0, 1, 1}));
  std::vector<SignedItem> items;
  for (int i = 0; i < 40; ++i) {
    items.push_back(Item("he", "t" + std::to_string(i % 20), "p" + std::to_string(i % 10)));
  }
  EXPECT_EQ(ClusterItems(items)[13], 3);  // of template p3
  for (SignedItem& item : items)
    item.template_id = item.template_id == "p0" ? "p1" : item.template_id;
  EXPECT_EQ(ClusterItems(items)[13], 13);  // nine templates are too few: by target
  const std::vector<SignedItem> one_template = {Item("he", "a", "1"), Item("he", "b", "1")};
  EXPECT_EQ(ClusterItems(one_template), (std::vector<int64_t>{0, 1}));
  const std::vector<SignedItem> unnamed = {Item("he", ""), Item("he", "")};
  EXPECT_EQ(ClusterItems(unnamed), (std::vector<int64_t>{0, 1}));
}

class EncodeBiasSetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto checkpoint = Checkpoint::Open(std::string(FAIRPRUNE_TESTDATA) + "/models/llama");
    ASSERT_THAT(checkpoint, IsOk());
    auto tokenizer = Tokenizer::FromCheckpoint(*checkpoint);
    ASSERT_THAT(tokenizer, IsOk());
    tokenizer_.emplace(*std::move(tokenizer));
    auto encoder = RequestEncoder::Create(*tokenizer_, 128);
    ASSERT_THAT(encoder, IsOk());
    encoder_.emplace(*std::move(encoder));
  }
  std::optional<Tokenizer> tokenizer_;
  std::optional<RequestEncoder> encoder_;
};

TEST_F(EncodeBiasSetTest, SkipsWhatHasNoTokenOfItsOwnAndSaysSo) {
  SignedItem short_one = Item("he", "b");
  short_one.anti_stereotyped = short_one.stereotyped + " away";
  SignedItem guarded = Item("he", "a");
  guarded.unrelated = "the a fox";
  const auto set = EncodeBiasSet(*encoder_, "own", {guarded, short_one, Item("", "c")});
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->skipped, (std::vector<std::string>{short_one.id}));
  EXPECT_EQ(set->items.size(), 2U);
  EXPECT_EQ(set->contrasts.size(), 2U);
  ASSERT_EQ(set->meaning.size(), 1U);
  EXPECT_EQ(set->meaning_item, (std::vector<size_t>{0}));
  EXPECT_EQ(set->meaning[0].sequences.size(), 3U);
  EXPECT_EQ(set->one_sided, (std::vector<std::string>{"he|she"}));
}

// 60 items of he|she, of which 20 favour she; 59 of a|b; 60 of which all favour one side.
TEST_F(EncodeBiasSetTest, SidesOfItemsEnoughAreNumbered) {
  std::vector<SignedItem> items;
  const auto add = [&](int count, const std::string& contrast, const std::string& group) {
    for (int i = 0; i < count; ++i) {
      items.push_back(Item(group, "t" + std::to_string(items.size())));
      items.back().contrast = contrast;
    }
  };
  add(20, "he|she", "she");
  add(40, "he|she", "he");
  add(30, "a|b", "a");
  add(29, "a|b", "b");
  add(60, "c|d", "c");
  const auto set = EncodeBiasSet(*encoder_, "own", items);
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->sides, (std::vector<std::string>{"he|she"}));
  EXPECT_EQ(set->contrasts[0].side, -1);
  EXPECT_EQ(set->contrasts[20].side, 1);
  EXPECT_EQ(set->contrasts[60].side, 0);
  EXPECT_EQ(set->contrasts.back().side, 0);
  const std::vector<std::vector<Contrast>> preferences = SidePreferences(*set);
  ASSERT_EQ(preferences.size(), 1U);
  ASSERT_EQ(preferences[0].size(), 60U);
  EXPECT_EQ(preferences[0][0].sequences[0].coefficient, -1);
  EXPECT_EQ(preferences[0][59].sequences[0].coefficient, 1);
  EXPECT_EQ(preferences[0][0].weight, set->contrasts[0].weight);
}

TEST_F(EncodeBiasSetTest, NothingLeftIsAnError) {
  SignedItem item = Item("he", "b");
  item.anti_stereotyped = item.stereotyped;
  EXPECT_THAT(EncodeBiasSet(*encoder_, "own", {item}),
              FailsWith(ErrorCode::kInvalidArgument, "own: none of its 1 items gives a contrast"));
}

TEST_F(EncodeBiasSetTest, ProtectedContrastsAreClusteredByTemplate) {
  ProtectedContrast a;
  a.id = "1";
  a.template_id = "t";
  a.preferred = "the fox ran";
  a.other = "the fox sat";
  ProtectedContrast b = a;
  b.id = "2";
  ProtectedContrast c = a;
  c.template_id = "u";
  const auto set = EncodeGuardedSet(*encoder_, {a, b, c});
  ASSERT_THAT(set, IsOk());
  ASSERT_EQ(set->contrasts.size(), 3U);
  EXPECT_EQ(set->contrasts[0].cluster, set->contrasts[1].cluster);
  EXPECT_NE(set->contrasts[0].cluster, set->contrasts[2].cluster);
  EXPECT_EQ(set->items.size(), 3U);
  EXPECT_TRUE(set->skipped.empty());
}

TEST_F(EncodeBiasSetTest, ProtectedContrastsThatContrastNothingAreLeftOut) {
  ProtectedContrast a;
  a.id = "1";
  a.category = "names";
  a.preferred = "the fox ran";
  a.other = "the fox ran";
  ProtectedContrast b = a;
  b.id = "2";
  b.category = "nations";
  b.other = "the fox sat";
  const auto set = EncodeGuardedSet(*encoder_, {a, b});
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->contrasts.size(), 1U);
  ASSERT_EQ(set->items.size(), 1U);
  EXPECT_EQ(set->items[0].category, "nations");
  EXPECT_THAT(set->skipped, testing::ElementsAre("1"));
}

}  // namespace
}  // namespace fairprune
