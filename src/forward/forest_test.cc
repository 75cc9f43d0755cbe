#include "forward/forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using Sequences = std::vector<std::vector<int32_t>>;

TEST(ForestTest, SharesPrefixesAndKeepsDepthFirstOrder) {
  const Forest forest = BuildForest(Sequences{{1, 2, 3}, {1, 2, 4, 5}, {9}, {1, 2, 3, 6}});
  EXPECT_THAT(forest.token, ElementsAre(1, 2, 3, 6, 4, 5, 9));
  EXPECT_THAT(forest.parent, ElementsAre(-1, 0, 1, 2, 1, 4, -1));
  EXPECT_THAT(forest.depth, ElementsAre(0, 1, 2, 3, 2, 3, 0));
  ASSERT_EQ(forest.segments.size(), 4U);
  EXPECT_EQ(forest.segments[0].end, 2);
  EXPECT_EQ(forest.segments[1].begin, 2);
  EXPECT_EQ(forest.segments[1].end, 4);
  EXPECT_EQ(forest.segments[1].parent, 0);
  EXPECT_EQ(forest.segments[2].parent, 0);
  EXPECT_EQ(forest.segments[3].parent, -1);
  EXPECT_THAT(forest.sequences[1], ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(forest.sequences[3], ElementsAre(0, 1, 2, 3));
}

TEST(ForestTest, EmptyInputs) {
  EXPECT_EQ(BuildForest(Sequences{}).size(), 0);
  const Forest forest = BuildForest(Sequences{{}, {7}});
  EXPECT_EQ(forest.size(), 1);
  EXPECT_TRUE(forest.sequences[0].empty());
}

TEST(ForestTest, EqualSequencesShareEveryNode) {
  const Forest forest = BuildForest(Sequences{{1, 2}, {1, 2}});
  EXPECT_EQ(forest.size(), 2);
  EXPECT_EQ(forest.sequences[0], forest.sequences[1]);
}

TEST(ForestTest, EveryPathSpellsItsSequence) {
  EXPECT_TRUE(rc::check("paths, parents and segments agree", [] {
    const auto sequences = *rc::gen::container<Sequences>(
        rc::gen::container<std::vector<int32_t>>(rc::gen::inRange(0, 3)));
    const Forest forest = BuildForest(sequences);
    for (size_t s = 0; s < sequences.size(); ++s) {
      RC_ASSERT(forest.sequences[s].size() == sequences[s].size());
      int32_t before = -1;
      for (size_t p = 0; p < sequences[s].size(); ++p) {
        const auto node = static_cast<size_t>(forest.sequences[s][p]);
        RC_ASSERT(forest.token[node] == sequences[s][p]);
        RC_ASSERT(forest.depth[node] == static_cast<int32_t>(p));
        RC_ASSERT(forest.parent[node] == before);
        before = static_cast<int32_t>(node);
      }
    }
    int32_t next = 0;
    for (const Segment& segment : forest.segments) {
      RC_ASSERT(segment.begin == next);
      RC_ASSERT(segment.end > segment.begin);
      next = segment.end;
      const int32_t expected =
          segment.parent < 0 ? -1 : forest.segments[static_cast<size_t>(segment.parent)].end - 1;
      RC_ASSERT(forest.parent[static_cast<size_t>(segment.begin)] == expected);
      for (int32_t i = segment.begin + 1; i < segment.end; ++i) {
        RC_ASSERT(forest.parent[static_cast<size_t>(i)] == i - 1);
      }
    }
    RC_ASSERT(next == forest.size());
  }));
}

}  // namespace
}  // namespace fairprune
