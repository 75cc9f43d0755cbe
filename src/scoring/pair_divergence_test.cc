#include "scoring/pair_divergence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/result_matchers.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

using Logits = std::vector<float>;

TEST(JensenShannonTest, OfEqualDistributionsIsZero) {
  const Logits a = {0.5F, -1, 3, 7};
  EXPECT_NEAR(JensenShannon(a, a), 0, 1e-12);
  // Softmax does not see a shift.
  const Logits shifted = {2.5F, 1, 5, 9};
  EXPECT_NEAR(JensenShannon(a, shifted), 0, 1e-7);
}

TEST(JensenShannonTest, OfDisjointDistributionsIsLn2) {
  const Logits a = {500, -500, -500};
  const Logits b = {-500, -500, 500};
  EXPECT_NEAR(JensenShannon(a, b), std::numbers::ln2, 1e-6);
}

TEST(JensenShannonTest, ByHandAndSymmetric) {
  // p = (3/4, 1/4), q = (1/4, 3/4), m = (1/2, 1/2): KL = 3/4 ln(3/2) + 1/4 ln(1/2), both ways.
  const float ln3 = std::log(3.0F);
  const Logits a = {ln3, 0};
  const Logits b = {0, ln3};
  const double expected = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
  EXPECT_NEAR(JensenShannon(a, b), expected, 1e-6);
  EXPECT_DOUBLE_EQ(JensenShannon(a, b), JensenShannon(b, a));
}

class NextTokenDivergenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(loaded, IsOk());
    model_.emplace(*std::move(loaded));
  }
  static PromptPair Pair(const std::string& id, const std::string& a, const std::string& b) {
    PromptPair pair;
    pair.id = id;
    pair.prompt_1 = a;
    pair.prompt_2 = b;
    return pair;
  }
  std::optional<ModelForTest> model_;
};

TEST_F(NextTokenDivergenceTest, IsTheDivergenceAfterTheLastTokens) {
  std::vector<PromptPair> pairs;
  // More nodes than one batch takes; prompts of different lengths, shared beginnings, prefixes of
  // one another.
  for (int i = 0; i < 40; ++i) {
    const std::string tail(static_cast<size_t>(1 + i % 17), static_cast<char>('a' + i % 26));
    pairs.push_back(Pair(std::to_string(i), "The man is " + tail, "The woman is " + tail));
  }
  pairs.push_back(Pair("prefix", "The man", "The man is"));
  int64_t last = 0;
  ScoreOptions options;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_GE(done, last);
    EXPECT_EQ(total, 41);
    last = done;
    return Status();
  };
  const auto measured = NextTokenDivergence(model_->engine, model_->tokenizer, pairs, options);
  ASSERT_THAT(measured, IsOk());
  EXPECT_EQ(last, 41);
  ASSERT_EQ(measured->size(), pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    std::vector<Tensor> rows;
    for (const std::string& prompt : {pairs[i].prompt_1, pairs[i].prompt_2}) {
      auto all = AllLogits(model_->engine, model_->tokenizer.Encode(prompt).value());
      ASSERT_THAT(all, IsOk());
      rows.push_back(*std::move(all));
    }
    const auto last_row = [](const Tensor& t) { return t.matrix().row_span(t.matrix().rows - 1); };
    EXPECT_NEAR((*measured)[i], JensenShannon(last_row(rows[0]), last_row(rows[1])), 1e-5) << i;
    EXPECT_GT((*measured)[i], 0);
    EXPECT_LE((*measured)[i], std::numbers::ln2 + 1e-6);
  }
}

// Rows may come one by one or all at once; pairs share rows, and wait for each other's.
TEST_F(NextTokenDivergenceTest, ReadsRowsInPiecesOfAnySize) {
  const std::vector<EncodedPair> encoded = {
      {{1, 2, 3}, {9, 8}}, {{1, 2}, {5, 6, 7}}, {{1, 2, 3}, {5, 6}}, {{9, 8}, {9, 8}}, {{4}, {1}}};
  const std::vector<PairForest> forests = BuildPairForests(model_->engine, encoded);
  ASSERT_EQ(forests.size(), 1U);
  const PairForest& pairs = forests.front();
  constexpr int64_t kVocabulary = 7;
  Tensor logits({pairs.forest.size(), kVocabulary});  // of every node
  for (int64_t i = 0; i < logits.size(); ++i) {
    logits.data()[i] = std::sin(static_cast<float>(3 * i + 1));
  }
  for (const size_t piece : {1, 2, 3, 100}) {
    std::vector<double> divergences(encoded.size(), -1.0);
    DivergenceReader reader(pairs, divergences);
    for (size_t begin = 0; begin < reader.nodes().size(); begin += piece) {
      const auto nodes =
          reader.nodes().subspan(begin, std::min(piece, reader.nodes().size() - begin));
      Tensor rows({std::ssize(nodes), kVocabulary});
      for (size_t i = 0; i < nodes.size(); ++i) {
        const auto row = logits.matrix().row_span(nodes[i]);
        std::copy(row.begin(), row.end(), rows.matrix().row(static_cast<int64_t>(i)));
      }
      reader.Read(nodes, rows.matrix());
    }
    for (size_t i = 0; i < encoded.size(); ++i) {
      EXPECT_EQ(divergences[i], JensenShannon(logits.matrix().row_span(pairs.first(i).back()),
                                              logits.matrix().row_span(pairs.second(i).back())))
          << "pair " << i << ", rows in pieces of " << piece;
    }
  }
}

TEST_F(NextTokenDivergenceTest, EqualPromptsGiveZeroAndBadOnesAreNamed) {
  const auto same =
      NextTokenDivergence(model_->engine, model_->tokenizer, {Pair("p", "same", "same")});
  ASSERT_THAT(same, IsOk());
  EXPECT_NEAR(same->front(), 0, 1e-12);
  EXPECT_THAT(NextTokenDivergence(model_->engine, model_->tokenizer, {}),
              IsOkAndHolds(std::vector<double>{}));
  EXPECT_THAT(NextTokenDivergence(model_->engine, model_->tokenizer,
                                  {Pair("p", "a", "b"), Pair("bad", "a", "\xff")}),
              FailsWith(ErrorCode::kInvalidArgument, "pair bad"));
  EXPECT_THAT(NextTokenDivergence(model_->engine, model_->tokenizer, {Pair("empty", "", "a")}),
              FailsWith(ErrorCode::kInvalidArgument, "pair empty"));
}

}  // namespace
}  // namespace fairprune
