#include "data/pairs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string_view>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

constexpr const char* kList = R"([
  {"id": "a", "category": "Age", "attribute_1": "old", "attribute_2": "young", "token_count": 1,
   "template_id": "T1", "context": "hiring", "language": "en", "split": "choose",
   "prompt_1": "The old man [x] said \"{no}\" and", "prompt_2": "The young man said and"},
  {"id": "b", "prompt_1": "One", "prompt_2": "Two"}
])";

TEST(ParsePairs, ReadsAJsonList) {
  const auto pairs = ParsePairs(kList, "p.json");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2u);
  const PromptPair& pair = pairs->front();
  EXPECT_EQ(pair.id, "a");
  EXPECT_EQ(pair.category, "Age");
  EXPECT_EQ(pair.attribute_1, "old");
  EXPECT_EQ(pair.attribute_2, "young");
  EXPECT_EQ(pair.token_count, 1);
  EXPECT_EQ(pair.template_id, "T1");
  EXPECT_EQ(pair.context, "hiring");
  EXPECT_EQ(pair.language, "en");
  EXPECT_EQ(pair.split, "choose");
  EXPECT_EQ(pair.prompt_1, "The old man [x] said \"{no}\" and");
  EXPECT_EQ((*pairs)[1].prompt_2, "Two");
  EXPECT_EQ((*pairs)[1].token_count, 0);
}

TEST(ParsePairs, ReadsJsonLines) {
  const auto pairs = ParsePairs(
      "{\"prompt_1\": \"One\", \"prompt_2\": \"Two\"}\r\n\n"
      "{\"id\": \"x\", \"prompt_1\": \"Three\", \"prompt_2\": \"Four\"}",
      "p.jsonl");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2u);
  EXPECT_EQ((*pairs)[0].id, "pair-1");
  EXPECT_EQ((*pairs)[1].id, "x");
  EXPECT_EQ((*pairs)[1].prompt_1, "Three");
}

TEST(ParsePairs, ReadsCsvWithByteOrderMarkAndCrLf) {
  const auto pairs = ParsePairs(
      "\xEF\xBB\xBFprompt_1,prompt_2,token_count,id\r\n"
      "\"The old man, they said,\",Dos señores,2,\r\n"
      "Three,Four,,y\r\n",
      "p.csv");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2u);
  EXPECT_EQ((*pairs)[0].id, "pair-1");
  EXPECT_EQ((*pairs)[0].prompt_1, "The old man, they said,");
  EXPECT_EQ((*pairs)[0].prompt_2, "Dos señores");
  EXPECT_EQ((*pairs)[0].token_count, 2);
  EXPECT_EQ((*pairs)[1].id, "y");
  EXPECT_EQ((*pairs)[1].token_count, 0);
}

TEST(ParsePairs, ReadsAJsonListWithByteOrderMarkOnOneLine) {
  EXPECT_THAT(ParsePairs("\xEF\xBB\xBF[{\"prompt_1\":\"a\",\"prompt_2\":\"b\"}]", "p.json"),
              IsOkAndHolds(::testing::SizeIs(1)));
}

struct BadPairs {
  const char* name;
  std::string text;
  const char* message;
};

class PairsErrorTest : public ::testing::TestWithParam<BadPairs> {};

TEST_P(PairsErrorTest, NamesFileAndLine) {
  EXPECT_THAT(ParsePairs(GetParam().text, "p"),
              FailsWith(ErrorCode::kBadFormat, GetParam().message));
}

// Two good lines of a list, then `record` on line 3.
std::string List(const std::string& record) {
  return "[\n{\"id\": \"a\", \"prompt_1\": \"x\", \"prompt_2\": \"y [,] {\\\"\"},\n" + record +
         "\n]\n";
}

INSTANTIATE_TEST_SUITE_P(
    Json, PairsErrorTest,
    ::testing::Values(
        BadPairs{"DuplicateId", List(R"({"id": "a", "prompt_1": "x", "prompt_2": "z"})"),
                 "p: line 3: duplicate id \"a\", first used on line 2"},
        BadPairs{"IdenticalPrompts", List(R"({"prompt_1": "x", "prompt_2": "x"})"),
                 "p: line 3: prompt_1 and prompt_2 are identical"},
        BadPairs{"EmptyPrompt", List(R"({"prompt_1": "", "prompt_2": "x"})"),
                 "p: line 3: prompt_1 is empty"},
        BadPairs{"BlankPrompt", List(R"({"prompt_1": "x", "prompt_2": " \n\t"})"),
                 "p: line 3: prompt_2 is empty"},
        BadPairs{"MistypedColumn", List(R"({"promt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: unknown column \"promt_1\"; did you mean \"prompt_1\"?"},
        BadPairs{"UnknownColumn", List(R"({"zzz": 1, "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: unknown column \"zzz\"; known columns: token_count, id"},
        BadPairs{"MissingPrompt1", List(R"({"prompt_2": "y"})"),
                 "p: line 3: the column \"prompt_1\" is missing"},
        BadPairs{"MissingPrompt2", List(R"({"prompt_1": "y"})"),
                 "p: line 3: the column \"prompt_2\" is missing"},
        BadPairs{"NumberForText", List(R"({"id": 7, "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: \"id\" must be a string, found the number 7"},
        BadPairs{"NullForText", List(R"({"prompt_1": null, "prompt_2": "y"})"),
                 "p: line 3: \"prompt_1\" must be a string, found null"},
        BadPairs{"FractionForCount",
                 List(R"({"token_count": 1.5, "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: \"token_count\" must be an integer, found number"},
        BadPairs{"HugeCount",
                 List(R"({"token_count": 18446744073709551615, "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: \"token_count\" must be an integer"},
        BadPairs{"NegativeCount", List(R"({"token_count": -1, "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: \"token_count\" must not be negative"},
        BadPairs{"UnknownSplit", List(R"({"split": "test", "prompt_1": "x", "prompt_2": "y"})"),
                 "p: line 3: split must be \"choose\" or \"held-out\", found \"test\""},
        BadPairs{"NotAnObject", List("[1, [2]]"), "p: line 3: expected an object"},
        BadPairs{"DuplicateKey", List(R"({"id": "b", "id": "c"})"), "p: line 3"},
        BadPairs{"BrokenSyntax", List(R"({"id": )"), "p: line 4"},
        BadPairs{"EmptyList", " [\n]", "p: line 1: no prompt pairs"},
        BadPairs{"EmptyFile", "", "p: line 1: no prompt pairs"},
        BadPairs{"BlankFile", "\xEF\xBB\xBF \n", "p: line 1: no prompt pairs"},
        BadPairs{"InvalidUtf8", "[\n\n\"\xFF\"]",
                 "p: line 3: invalid UTF-8 at byte offset 4 (byte 0xFF)"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    JsonLines, PairsErrorTest,
    ::testing::Values(BadPairs{"ObjectOverLines", "{\n\"prompt_1\": \"x\", \"prompt_2\": \"y\"}",
                               "one whole object per line"},
                      BadPairs{"SecondLineBroken",
                               "{\"prompt_1\": \"x\", \"prompt_2\": \"y\"}\n\n{]\n", "p: line 3"},
                      BadPairs{"DuplicateId",
                               "{\"id\": \"a\", \"prompt_1\": \"x\", \"prompt_2\": \"y\"}\n\n"
                               "{\"id\": \"a\", \"prompt_1\": \"x\", \"prompt_2\": \"y\"}",
                               "p: line 3: duplicate id \"a\", first used on line 1"},
                      BadPairs{"GeneratedIdIsTaken",
                               "{\"id\": \"pair-2\", \"prompt_1\": \"x\", \"prompt_2\": \"y\"}\n"
                               "{\"prompt_1\": \"x\", \"prompt_2\": \"y\"}",
                               "p: line 2: duplicate id \"pair-2\", first used on line 1"},
                      BadPairs{"LineIsNotAnObject",
                               "{\"prompt_1\": \"x\", \"prompt_2\": \"y\"}\n3\n",
                               "p: line 2: expected an object"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Csv, PairsErrorTest,
    ::testing::Values(
        BadPairs{"MissingColumn", "id,prompt_1\na,b\n",
                 "p: line 1: the column \"prompt_2\" is missing"},
        BadPairs{"UnknownColumn", "Prompt_1,prompt_2\na,b\n",
                 "p: line 1: unknown column \"Prompt_1\"; did you mean \"prompt_1\"?"},
        BadPairs{"CountIsText", "prompt_1,prompt_2,token_count\na,b,1x\n",
                 "p: line 2: \"token_count\" must be an integer, found \"1x\""},
        BadPairs{"HeaderOnly", "prompt_1,prompt_2\n", "p: line 1: no prompt pairs"},
        BadPairs{"DuplicateIdAfterAFieldOfTwoLines", "id,prompt_1,prompt_2\na,\"x\nx\",y\na,x,y\n",
                 "p: line 4: duplicate id \"a\", first used on line 2"}),
    [](const auto& test) { return test.param.name; });

// Every damaged file is read or refused; none stops the program (the sanitizers watch).
TEST(ParsePairs, DamagedTextIsReadOrRefused) {
  const std::string csv = "prompt_1,prompt_2,id\r\n\"a, \"\"b\"\"\",c,x\r\nd,\"e\nf\",y\r\n";
  const std::string lines = "{\"prompt_1\": \"x\", \"prompt_2\": \"y\"}\n";
  std::minstd_rand random(7);
  for (const std::string& whole : {std::string(kList), csv, lines + lines}) {
    for (int i = 0; i < 3000; ++i) {
      constexpr std::string_view kBytes = "[]{}\",:\\\n\r \xC3\xFF";
      std::string text = whole.substr(0, whole.size() - random() % 8);
      for (auto edits = 1 + random() % 3; edits > 0; --edits) {
        text[random() % text.size()] = kBytes[random() % kBytes.size()];
      }
      const auto pairs = ParsePairs(text, "p");
      if (pairs) continue;
      EXPECT_EQ(pairs.error().code, ErrorCode::kBadFormat) << pairs.error().message;
    }
  }
}

TEST(ReadPairs, MissingFileIsNotFound) {
  EXPECT_THAT(ReadPairs("/nonexistent/pairs.json"),
              FailsWith(ErrorCode::kNotFound, "/nonexistent/pairs.json"));
}

TEST(ReadPairs, ReadsThePublishedSets) {
  const std::string folder = std::string(FAIRPRUNE_SHARED) + "/data/prompt_pairs";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "shared absent: reading " << folder << " is not checked";
  }
  EXPECT_THAT(ReadPairs(folder + "/prompt_pairs_en.json"), IsOkAndHolds(::testing::SizeIs(75)));
  EXPECT_THAT(ReadPairs(folder + "/prompt_pairs_es.json"), IsOkAndHolds(::testing::SizeIs(100)));
}

}  // namespace
}  // namespace fairprune
