#include "forward/neuron_mask.h"

#include <gtest/gtest.h>

namespace fairprune {
namespace {

TEST(NeuronMaskTest, RemovesAndRestores) {
  NeuronMask mask(2, 3);
  EXPECT_EQ(mask.num_removed(), 0);
  EXPECT_TRUE(mask.keep(0).empty());
  mask.Remove(1, 2);
  mask.Remove(1, 2);  // twice is once
  mask.Remove(1, 0);
  EXPECT_EQ(mask.num_removed(), 2);
  EXPECT_TRUE(mask.removed(1, 2));
  EXPECT_FALSE(mask.removed(0, 2));
  EXPECT_TRUE(mask.keep(0).empty());
  ASSERT_EQ(mask.keep(1).size(), 3U);
  EXPECT_EQ(mask.keep(1)[0], 0.0F);
  EXPECT_EQ(mask.keep(1)[1], 1.0F);
  mask.Restore(1, 2);
  mask.Restore(1, 2);
  EXPECT_EQ(mask.num_removed(), 1);
}

TEST(NeuronMaskDeathTest, RangeIsTheCallersDuty) {
  NeuronMask mask(2, 3);
  EXPECT_DEATH(mask.Remove(2, 0), "no such layer");
  EXPECT_DEATH(mask.Remove(0, 3), "no such neuron");
}

}  // namespace
}  // namespace fairprune
