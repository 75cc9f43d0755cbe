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

TEST(PatternTest, PropertiesAreOnigurumas) {
  // Superscript two; a letter, a digit and an ideograph that came after PCRE2's Unicode 14; and a
  // bracket whose script extensions, not its script, are Han.
  const std::string text = "\u00b2\u1c89\U00010D40\U0002EBF0\u3010";
  const auto matches = [&](std::string_view expression) {
    const auto pattern = Pattern::FromRegex(expression);
    EXPECT_THAT(pattern, IsOk());
    return Matches(*pattern, text);
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(matches(R"(\w)"), ElementsAre("\u00b2", "\u1c89", "\U00010D40", "\U0002EBF0"));
  EXPECT_THAT(matches(R"(\p{L})"), ElementsAre("\u1c89", "\U0002EBF0"));
  EXPECT_THAT(matches(R"([\p{Lu}\p{Nd}])"), ElementsAre("\u1c89", "\U00010D40"));
  EXPECT_THAT(matches(R"([^\p{L}\p{N}])"), ElementsAre("\u3010"));
  EXPECT_THAT(matches(R"(\P{L})"), ElementsAre("\u00b2", "\U00010D40", "\u3010"));
  EXPECT_THAT(matches(R"(\p{Han})"), ElementsAre("\U0002EBF0"));
  EXPECT_THAT(matches(R"(\d)"), ElementsAre("\U00010D40"));
}

TEST(PatternTest, RefusesWhatTheTwoEnginesReadDifferently) {
  for (const char* expression :
       {R"(\bx)", R"(\h)", R"(\p{Tai_Le})", R"(\p{^L})", R"([\P{L}])", R"(\p{Mn})", R"(\R)",
        R"([\S])", R"([a&&b])", R"([a[b]])", R"(a{1,3}+)", R"((?m:.))", R"((?s).)", R"(a(?i)b|c)",
        R"((?<name>a))", R"((*UTF))", R"(\u12)", R"(a\)", R"(a{,3})"}) {
    EXPECT_THAT(Pattern::FromRegex(expression),
                FailsWith(ErrorCode::kUnsupported, "is not supported"))
        << expression;
  }
  EXPECT_THAT(Pattern::FromRegex("(a"), FailsWith(ErrorCode::kBadFormat, "offset 2"));
}

}  // namespace
}  // namespace fairprune
