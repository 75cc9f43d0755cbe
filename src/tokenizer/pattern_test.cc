#include "tokenizer/pattern.h"

#include "base/result_matchers.h"

namespace fairprune {
namespace {

std::vector<std::string> Matches(const Pattern& pattern, std::string_view text) {
  MatchScratch scratch;
  std::vector<TextRange> ranges;
  EXPECT_THAT(pattern.Cover(text, scratch, ranges), IsOk());
  std::vector<std::string> matches;
  size_t covered = 0;
  for (const TextRange& range : ranges) {
    EXPECT_EQ(range.begin, covered);
    covered = range.end;
    if (range.is_match) matches.emplace_back(text.substr(range.begin, range.end - range.begin));
  }
  EXPECT_EQ(covered, text.size());
  return matches;
}

TEST(PatternTest, WhiteSpaceIsUnicodesAndNotU180E) {
  const auto pattern = Pattern::FromRegex(R"(\s)");
  ASSERT_THAT(pattern, IsOk());
  EXPECT_THAT(Matches(*pattern, "a\u180e\u3000\u0085\u200b"),
              ::testing::ElementsAre("\u3000", "\u0085"));
  const auto negated = Pattern::FromRegex(R"([^\sa]+)");
  ASSERT_THAT(negated, IsOk());
  EXPECT_THAT(Matches(*negated, "a\u180ea b"), ::testing::ElementsAre("\u180e", "b"));
}

TEST(PatternTest, EmptyMatchesMoveOn) {
  const auto pattern = Pattern::FromRegex("x*");
  ASSERT_THAT(pattern, IsOk());
  EXPECT_THAT(Matches(*pattern, "éxxa"), ::testing::ElementsAre("", "xx", ""));
}

TEST(PatternTest, LiteralsAreNoExpressions) {
  EXPECT_THAT(Matches(Pattern::FromLiteral("."), "a.b."), ::testing::ElementsAre(".", "."));
}

TEST(PatternTest, RefusesWhatTheTwoEnginesReadDifferently) {
  for (const char* expression :
       {R"(\bx)", R"(\h)", R"(\R)", R"([\S])", R"([a&&b])", R"([a[b]])", R"(a{1,3}+)", R"((?m:.))",
        R"((?s).)", R"(a(?i)b|c)", R"((?<name>a))", R"((*UTF))", R"(\u12)", R"(a\)", R"(a{,3})"}) {
    EXPECT_THAT(Pattern::FromRegex(expression),
                FailsWith(ErrorCode::kUnsupported, "is not supported"))
        << expression;
  }
  EXPECT_THAT(Pattern::FromRegex("(a"), FailsWith(ErrorCode::kBadFormat, "offset 2"));
}

}  // namespace
}  // namespace fairprune
