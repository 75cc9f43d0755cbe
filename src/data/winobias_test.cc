#include "data/winobias.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/result_matchers.h"
#include "data/signed_items.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

constexpr const char* kPro =
    "1 [The developer] argued with the designer because [he] did not like [the design].\n"
    "2 The developer argued with [ the designer] because [her] idea was new.\r\n\n"
    "3 Because [he] slept, [a construction worker] woke [himself].\n";
constexpr const char* kAnti =
    "1 [The developer] argued with the designer because [she] did not like [the design].\n"
    "2 The developer argued with [ the designer] because [his] idea was new.\r\n\n"
    "3 Because [she] slept, [a construction worker] woke [herself].\n";

class WinobiasTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.File(name)) << text;
    return folder_.File(name);
  }

  TempFolder folder_;
};

TEST_F(WinobiasTest, ReadsBothHalvesAsSignedItems) {
  Write("anti_stereotyped_type1.txt.dev", kAnti);
  const auto items = ReadSignedItems(Write("pro_stereotyped_type1.txt.dev", kPro));
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 3U);
  const SignedItem& first = items->front();
  EXPECT_EQ(first.id, "line-1");
  EXPECT_EQ(first.category, "Gender");
  EXPECT_EQ(first.language, "en");
  EXPECT_EQ(first.target, "developer");
  EXPECT_EQ(first.contrast, "he|she");
  EXPECT_EQ(first.group, "he");
  EXPECT_EQ(first.stereotyped,
            "The developer argued with the designer because he did not like the design.");
  EXPECT_EQ(first.anti_stereotyped,
            "The developer argued with the designer because she did not like the design.");
  EXPECT_EQ((*items)[1].target, "designer");
  EXPECT_EQ((*items)[1].group, "she");
  EXPECT_TRUE((*items)[1].stereotyped.ends_with("because her idea was new."));
  EXPECT_EQ((*items)[2].id, "line-4");
  EXPECT_EQ((*items)[2].target, "construction worker");
  EXPECT_EQ((*items)[2].group, "he");
}

TEST_F(WinobiasTest, HalvesByTarget) {
  Write("anti_stereotyped_type1.txt.dev", kAnti);
  const auto items = ReadSignedItems(Write("pro_stereotyped_type1.txt.dev", kPro));
  ASSERT_THAT(items, IsOk());
  const SignedSplit split = SplitSignedItems(*items);
  EXPECT_EQ(split.choose.size(), 2U);
  EXPECT_EQ(split.held_out.size(), 1U);
}

TEST_F(WinobiasTest, RefusesHalvesThatDoNotFit) {
  const std::string pro = Write("pro_stereotyped_type2.txt.test", kPro);
  const std::string anti = folder_.File("anti_stereotyped_type2.txt.test");
  EXPECT_THAT(ReadSignedItems(pro), FailsWith(ErrorCode::kNotFound, pro +
                                                                        ": its anti-stereotyped "
                                                                        "half is read from " +
                                                                        anti));
  Write("anti_stereotyped_type2.txt.test", "1 [The cook] left [her].\n");
  EXPECT_THAT(ReadSignedItems(pro),
              FailsWith(ErrorCode::kMismatch, pro + " has 3 sentences, " + anti + " has 1"));
  EXPECT_THAT(ReadSignedItems(anti), FailsWith(ErrorCode::kInvalidArgument, "give " + pro));
  Write("pro_stereotyped_type2.txt.test", "1 The cook left [him].\n");
  EXPECT_THAT(ReadSignedItems(pro),
              FailsWith(ErrorCode::kBadFormat, pro + ":1: expected an occupation and a pronoun"));
}

}  // namespace
}  // namespace fairprune
