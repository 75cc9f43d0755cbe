#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "data/signed_items.h"

namespace fairprune {
namespace {

SignedItem Item(const std::string& category, const std::string& target,
                const std::string& template_id) {
  SignedItem item;
  item.category = category;
  item.target = target;
  item.template_id = template_id;
  item.stereotyped = target + template_id + " one";
  item.anti_stereotyped = target + template_id + " two";
  item.id = category + target + template_id;
  return item;
}

// 3 categories, 8 targets each, 6 templates that all share.
std::vector<SignedItem> Grid() {
  std::vector<SignedItem> items;
  for (const char* category : {"A", "B", "C"}) {
    for (int target = 0; target < 8; ++target) {
      for (int number = 0; number < 6; ++number) {
        items.push_back(
            Item(category, category + std::to_string(target), "T" + std::to_string(number)));
      }
    }
  }
  return items;
}

std::set<std::string> Ids(const std::vector<SignedItem>& items) {
  std::set<std::string> ids;
  for (const SignedItem& item : items) ids.insert(item.id);
  return ids;
}

TEST(SplitSignedItems, ObeysTheFieldWhereAllHaveIt) {
  std::vector<SignedItem> items = {Item("A", "x", "T"), Item("A", "x", "U")};
  items[0].split = "held-out";
  items[1].split = "choose";
  const SignedSplit split = SplitSignedItems(items);
  ASSERT_EQ(split.choose.size(), 1u);
  ASSERT_EQ(split.held_out.size(), 1u);
  EXPECT_EQ(split.choose[0].template_id, "U");
}

TEST(SplitSignedItems, DividesALoneTargetByItsTemplates) {
  std::vector<SignedItem> items;
  for (int number = 0; number < 6; ++number) {
    items.push_back(Item("SES", "low", "T" + std::to_string(number)));
    items.push_back(items.back());
  }
  const SignedSplit split = SplitSignedItems(items);
  EXPECT_EQ(split.choose.size(), 6u);
  EXPECT_EQ(split.held_out.size(), 6u);
  std::set<std::string> templates;
  for (const SignedItem& item : split.choose) templates.insert(item.template_id);
  for (const SignedItem& item : split.held_out) EXPECT_FALSE(templates.contains(item.template_id));
}

TEST(SplitSignedItems, HalvesTargetsAndSharedTemplates) {
  const SignedSplit split = SplitSignedItems(Grid());
  EXPECT_EQ(split.choose.size(), 3u * 4 * 3);
  EXPECT_EQ(split.held_out.size(), 3u * 4 * 3);
  std::set<std::string> targets, templates;
  for (const SignedItem& item : split.choose) {
    targets.insert(item.target);
    templates.insert(item.template_id);
  }
  for (const SignedItem& item : split.held_out) {
    EXPECT_FALSE(targets.contains(item.target));
    EXPECT_FALSE(templates.contains(item.template_id));
  }
}

TEST(SplitSignedItems, ATemplateOfOneTargetDropsNothing) {
  std::vector<SignedItem> items;
  for (int target = 0; target < 5; ++target) {
    const std::string name = std::to_string(target);
    items.push_back(Item("A", name, "only-" + name));
    items.push_back(Item("A", name, ""));
  }
  const SignedSplit split = SplitSignedItems(items);
  EXPECT_EQ(split.choose.size(), 6u);
  EXPECT_EQ(split.held_out.size(), 4u);
}

TEST(SplitSignedItems, AnItemWithoutATargetStandsForItself) {
  std::vector<SignedItem> items;
  for (int i = 0; i < 4; ++i) {
    items.push_back(Item("A", "", ""));
    items.back().stereotyped = "Sentence " + std::to_string(i);
  }
  const SignedSplit split = SplitSignedItems(items);
  EXPECT_EQ(split.choose.size(), 2u);
  EXPECT_EQ(split.held_out.size(), 2u);
}

TEST(SplitSignedItems, TheOrderOfItemsPlaysNoPart) {
  std::vector<SignedItem> items = Grid();
  const SignedSplit before = SplitSignedItems(items);
  std::mt19937 random(7);
  std::shuffle(items.begin(), items.end(), random);
  const SignedSplit after = SplitSignedItems(items);
  EXPECT_EQ(Ids(before.choose), Ids(after.choose));
  EXPECT_EQ(Ids(before.held_out), Ids(after.held_out));
}

TEST(SplitSignedItems, NothingComesOfNothing) {
  const SignedSplit split = SplitSignedItems({});
  EXPECT_TRUE(split.choose.empty());
  EXPECT_TRUE(split.held_out.empty());
}

}  // namespace
}  // namespace fairprune
