#include "attribution/pair_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/result_matchers.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

SiteActivations Filled(int64_t rows_1, int64_t rows_2, int64_t columns) {
  SiteActivations at{Tensor({rows_1, columns}), Tensor({rows_2, columns})};
  std::iota(at.first.span().begin(), at.first.span().end(), 0.0F);
  for (float& value : at.second.span()) value = 1;
  return at;
}

TEST(PairPicturesTest, MeanDifferenceNeedsEqualLengths) {
  // |0-1|, |1-1|, |2-1|, |3-1|
  EXPECT_EQ(MeanAbsoluteDifference(Filled(2, 2, 2)), 1.0);
  EXPECT_TRUE(std::isnan(MeanAbsoluteDifference(Filled(2, 3, 2))));
}

TEST(PairPicturesTest, MapIsWholeOrThinnedToAboutTwenty) {
  const DifferenceMap whole = MapDifferences(Filled(2, 3, 2));
  EXPECT_EQ(whole.rows, 2);
  EXPECT_EQ(whole.columns, 2);
  EXPECT_THAT(whole.values, ElementsAre(1, 0, 1, 2));
  // 45 neurons: every second one, as a slice [::2] gives them.
  const DifferenceMap thinned = MapDifferences(Filled(3, 3, 45));
  EXPECT_EQ(thinned.column_step, 2);
  EXPECT_EQ(thinned.row_step, 1);
  EXPECT_EQ(thinned.columns, 23);
  EXPECT_EQ(std::ssize(thinned.values), thinned.rows * thinned.columns);
  EXPECT_THAT(thinned.values[23], FloatNear(44, 0));  // row 1, neuron 0: |45 - 1|
}

TEST(PairPicturesTest, ComponentsAreOfBothPrompts) {
  const auto found = ComponentsOf(Filled(2, 3, 4));
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->x.size(), 5u);
  EXPECT_NEAR(found->x[2], found->x[4], 1e-5);  // the same row
  EXPECT_NEAR(found->explained_1 + found->explained_2, 1, 1e-9);
}

// Sites of a real pass; tools/compare_plots.py compares the numbers with OptiPFair's.
TEST(PairPicturesTest, RunsAPair) {
  const auto checkpoint = Checkpoint::Open(kModelsForTest + "llama");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto loaded = LoadModelForTest(kModelsForTest + "llama");
  ASSERT_THAT(loaded, IsOk());
  PromptPair pair;
  pair.id = "a";
  pair.prompt_1 = "The young cook";
  pair.prompt_2 = "The old cook sang";
  const auto ran = RunPair(loaded->engine, *model, loaded->tokenizer, pair);
  ASSERT_THAT(ran, IsOk());
  EXPECT_EQ(ran->num_layers(), model->config.num_layers);
  const auto joined = [](const std::vector<std::string>& texts) {
    return std::accumulate(texts.begin(), texts.end(), std::string());
  };
  EXPECT_TRUE(joined(ran->tokens_1).ends_with(pair.prompt_1)) << joined(ran->tokens_1);
  EXPECT_TRUE(joined(ran->tokens_2).ends_with(pair.prompt_2));
  const SiteActivations& act = ran->at(PictureSite::kDownProjInput, 1);
  EXPECT_EQ(act.first.shape(), (Shape{std::ssize(ran->tokens_1), model->config.intermediate_size}));
  const SiteActivations& out = ran->at(PictureSite::kMlpOutput, 1);
  EXPECT_EQ(out.second.shape(), (Shape{std::ssize(ran->tokens_2), model->config.hidden_size}));
  EXPECT_EQ(act.first.data()[0], act.second.data()[0]);  // the common beginning
}

TEST(TokenTextsTest, PiecesJoinToTheText) {
  const auto loaded = LoadModelForTest(kModelsForTest + "llama");
  ASSERT_THAT(loaded, IsOk());
  const std::string text = "Zoë 漢字 ok";
  const auto ids = loaded->tokenizer.Encode(text);
  ASSERT_THAT(ids, IsOk());
  const auto texts = TokenTexts(loaded->tokenizer, *ids);
  ASSERT_THAT(texts, IsOk());
  EXPECT_EQ(texts->size(), ids->size());
  const auto decoded = loaded->tokenizer.Decode(*ids);
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(std::accumulate(texts->begin(), texts->end(), std::string()), *decoded);
}

}  // namespace
}  // namespace fairprune
