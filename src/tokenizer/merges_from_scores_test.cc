#include "tokenizer/merges_from_scores.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <tuple>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(MergesFromScoresTest, BetterScoresThenLongerLeftsThenLongerRightsThenFilePlace) {
  const std::vector<std::string_view> tokens = {"a", "b", "ab", "ba", "aba", "é", "éa", "bab"};
  const std::vector<float> scores = {0, 0, -2, -1, -3, 0, -2, -3};
  const auto merges = MergesFromScores(tokens, scores, "t");
  ASSERT_THAT(merges, IsOk());
  EXPECT_THAT(*merges, ElementsAre(Pair("b", "a"), Pair("a", "b"), Pair("é", "a"), Pair("ab", "a"),
                                   Pair("ba", "b"), Pair("a", "ba"), Pair("b", "ab")));
}

TEST(MergesFromScoresTest, CutsBetweenCharactersOnly) {
  // "\xC3" is no token that a text of this vocabulary could hold; the halves of é are not tried.
  const std::vector<std::string_view> tokens = {"é", "éé", "a"};
  const auto merges = MergesFromScores(tokens, std::vector<float>{0, 0, 0}, "t");
  ASSERT_THAT(merges, IsOk());
  EXPECT_THAT(*merges, ElementsAre(Pair("é", "é")));
}

TEST(MergesFromScoresTest, RefusesAScoreThatIsNoNumber) {
  const std::vector<std::string_view> tokens = {"a", "b"};
  EXPECT_THAT(MergesFromScores(tokens, std::vector<float>{0, std::nanf("")}, "t"),
              FailsWith(ErrorCode::kBadFormat, "t: the score of token 1 ('b')"));
}

TEST(MergesFromScoresTest, RanksOrderByTheMergedThenTheLeftToken) {
  const std::vector<std::string> tokens = {"b", "a", "ab", "ba", "aba", "\xC3", "\xA9", "\xC3\xA9"};
  EXPECT_THAT(MergesFromRanks(tokens),
              ElementsAre(Pair(1, 0), Pair(0, 1), Pair(1, 3), Pair(2, 1), Pair(5, 6)));
}

// The same by looking every cut up in a map.
MergeList PlainMerges(const std::vector<std::string>& tokens, const std::vector<float>& scores) {
  struct Row {
    float score;
    size_t left;
    size_t right;
    std::pair<std::string, std::string> merge;
  };
  std::vector<Row> rows;
  const auto is_token = [&](const std::string& text) {
    return std::find(tokens.begin(), tokens.end(), text) != tokens.end();
  };
  for (size_t i = 0; i < tokens.size(); ++i) {
    for (size_t at = 1; at < tokens[i].size(); ++at) {
      const std::string left = tokens[i].substr(0, at);
      const std::string right = tokens[i].substr(at);
      if (is_token(left) && is_token(right)) {
        rows.push_back({scores[i], left.size(), right.size(), {left, right}});
      }
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tuple(-a.score, -static_cast<int>(a.left), -static_cast<int>(a.right)) <
           std::tuple(-b.score, -static_cast<int>(b.left), -static_cast<int>(b.right));
  });
  MergeList merges;
  for (const Row& row : rows) merges.push_back(row.merge);
  return merges;
}

TEST(MergesFromScoresTest, AgreesWithAPlainSearch) {
  std::mt19937 random(7);
  std::vector<std::string> tokens;
  while (tokens.size() < 400) {
    std::string token(1 + random() % 6, 'a');
    for (char& c : token) c = static_cast<char>('a' + random() % 3);
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
  }
  std::vector<float> scores;
  for (size_t i = 0; i < tokens.size(); ++i) scores.push_back(-static_cast<float>(random() % 50));
  const std::vector<std::string_view> views(tokens.begin(), tokens.end());
  const MergeList expected = PlainMerges(tokens, scores);
  ASSERT_GT(expected.size(), 400u);
  EXPECT_THAT(MergesFromScores(views, scores, "t"), IsOkAndHolds(expected));
}

TEST(MergesFromScoresTest, LongTokensTakeLinearTime) {
  // Hashing each of the 2^21 cuts of such a token anew would take hours.
  std::string one(1 << 21, 'a');
  std::string two = one;
  two.front() = 'b';
  const std::vector<std::string_view> tokens = {"a", "b", one, two};
  const auto start = std::chrono::steady_clock::now();
  const auto merges = MergesFromScores(tokens, std::vector<float>(4), "t");
  ASSERT_THAT(merges, IsOk());
  EXPECT_TRUE(merges->empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(MergesFromScoresTest, RunsOfEveryLengthAreRefusedBeforeTheyFillTheMemory) {
  const std::string run(3000, 'a');
  std::vector<std::string_view> tokens;
  for (size_t size = 1; size <= run.size(); ++size) tokens.emplace_back(run.data(), size);
  EXPECT_THAT(MergesFromScores(tokens, std::vector<float>(tokens.size()), "t"),
              FailsWith(ErrorCode::kUnsupported, "t: the merges of the first"));
}

}  // namespace
}  // namespace fairprune
