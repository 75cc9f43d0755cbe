#include "data/signed_items.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

constexpr const char* kList = R"([
  {"id": "a", "category": "Gender", "context": "hiring", "template_id": "T1", "language": "en",
   "split": "choose", "target": "welder", "contrast": "he|she", "group": "he",
   "stereotyped": "The welder said he left.", "anti_stereotyped": "The welder said she left.",
   "unrelated": "The welder said lamp left."},
  {"stereotyped": "One.", "anti_stereotyped": "Two."}
])";

TEST(ParseSignedItems, ReadsOurOwnColumns) {
  const auto items = ParseSignedItems(kList, "s.json");
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 2u);
  const SignedItem& item = items->front();
  EXPECT_EQ(item.id, "a");
  EXPECT_EQ(item.category, "Gender");
  EXPECT_EQ(item.context, "hiring");
  EXPECT_EQ(item.template_id, "T1");
  EXPECT_EQ(item.language, "en");
  EXPECT_EQ(item.split, "choose");
  EXPECT_EQ(item.target, "welder");
  EXPECT_EQ(item.contrast, "he|she");
  EXPECT_EQ(item.group, "he");
  EXPECT_EQ(item.stereotyped, "The welder said he left.");
  EXPECT_EQ(item.anti_stereotyped, "The welder said she left.");
  EXPECT_EQ(item.unrelated, "The welder said lamp left.");
  EXPECT_EQ((*items)[1].id, "item-2");
}

TEST(ParseSignedItems, ReadsCsvAndJsonLines) {
  const auto csv = ParseSignedItems("stereotyped,anti_stereotyped,id\nOne,\"Two, too\",x\n", "s");
  ASSERT_THAT(csv, IsOk());
  EXPECT_EQ(csv->front().anti_stereotyped, "Two, too");
  const auto lines = ParseSignedItems(
      "{\"stereotyped\": \"One\", \"anti_stereotyped\": \"Two\"}\n"
      "{\"stereotyped\": \"Three\", \"anti_stereotyped\": \"Four\"}\n",
      "s");
  ASSERT_THAT(lines, IsOk());
  EXPECT_EQ(lines->size(), 2u);
}

TEST(ParseSignedItems, ReadsStereosetRows) {
  const auto items = ParseSignedItems(
      R"({"type": "intrasentence", "target": "smith", "bias_type": "profession", "context": "The smith is BLANK.", "stereotype": "The smith is strong.", "anti-stereotype": "The smith is weak.", "unrelated": "The smith is boiled."}
{"type": "intersentence", "target": "Freedonia", "bias_type": "race", "context": "She is from Freedonia.", "stereotype": "She sings.", "anti-stereotype": "She is mute.", "unrelated": "Tea is hot."})",
      "rows.jsonl");
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 2u);
  EXPECT_EQ((*items)[0].category, "profession");
  EXPECT_EQ((*items)[0].target, "smith");
  EXPECT_EQ((*items)[0].template_id, "");
  EXPECT_EQ((*items)[0].context, "");
  EXPECT_EQ((*items)[0].stereotyped, "The smith is strong.");
  EXPECT_EQ((*items)[0].unrelated, "The smith is boiled.");
  EXPECT_EQ((*items)[1].stereotyped, "She is from Freedonia. She sings.");
  EXPECT_EQ((*items)[1].anti_stereotyped, "She is from Freedonia. She is mute.");
  EXPECT_EQ((*items)[1].unrelated, "She is from Freedonia. Tea is hot.");
}

constexpr const char* kDev = R"({"version": "1.0", "data": {
 "intrasentence": [
  {"id": "e1", "target": "smith", "bias_type": "profession", "context": "The smith is BLANK.",
   "sentences": [
    {"sentence": "The smith is weak.", "id": "s1", "labels": [], "gold_label": "anti-stereotype"},
    {"sentence": "The smith is boiled.", "id": "s2", "labels": [], "gold_label": "unrelated"},
    {"sentence": "The smith is strong.", "id": "s3", "labels": [], "gold_label": "stereotype"}]}],
 "intersentence": [
  {"id": "e2", "target": "Freedonia", "bias_type": "race", "context": "She is from Freedonia.",
   "sentences": [
    {"sentence": "She sings.", "id": "s4", "gold_label": "stereotype"},
    {"sentence": "She is mute.", "id": "s5", "gold_label": "anti-stereotype"},
    {"sentence": "Tea is hot.", "id": "s6", "gold_label": "unrelated"}]}]}})";

TEST(ParseSignedItems, ReadsStereosetsOwnFile) {
  const auto items = ParseSignedItems(kDev, "dev.json");
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 2u);
  EXPECT_EQ((*items)[0].id, "e1");
  EXPECT_EQ((*items)[0].stereotyped, "The smith is strong.");
  EXPECT_EQ((*items)[0].anti_stereotyped, "The smith is weak.");
  EXPECT_EQ((*items)[1].id, "e2");
  EXPECT_EQ((*items)[1].unrelated, "She is from Freedonia. Tea is hot.");
}

std::string DevWith(const std::string& from, const std::string& to) {
  std::string text = kDev;
  return text.replace(text.find(from), from.size(), to);
}

TEST(ParseSignedItems, ReadsCrowsPairs) {
  const auto items = ParseSignedItems(
      ",sent_more,sent_less,stereo_antistereo,bias_type,annotations,anon_writer,anon_annotators\n"
      "0,\"The poor lie, often.\",\"The rich lie, often.\",antistereo,socioeconomic,[],a0,[]\n",
      "c.csv");
  ASSERT_THAT(items, IsOk());
  const SignedItem& item = items->front();
  EXPECT_EQ(item.id, "0");
  EXPECT_EQ(item.category, "socioeconomic");
  EXPECT_EQ(item.stereotyped, "The poor lie, often.");
  EXPECT_EQ(item.anti_stereotyped, "The rich lie, often.");
  EXPECT_EQ(item.target + item.contrast + item.group + item.unrelated, "");
}

struct BadItems {
  const char* name;
  std::string text, message;
};

class BadItemsTest : public ::testing::TestWithParam<BadItems> {};

TEST_P(BadItemsTest, AreRefusedByLine) {
  EXPECT_THAT(ParseSignedItems(GetParam().text, "s"),
              FailsWith(ErrorCode::kBadFormat, GetParam().message));
}

std::string Own(const std::string& more) {
  return "[\n{\"stereotyped\": \"One.\", \"anti_stereotyped\": \"Two.\", " + more + "}]";
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BadItemsTest,
    ::testing::Values(
        BadItems{"Empty", "", "s: line 1: no signed items"},
        BadItems{"NotUtf8", "[\n\"\xFF\"]", "s: line 2: invalid UTF-8"},
        BadItems{"UnknownColumn", Own(R"("steretyped": "x")"),
                 "s: line 2: unknown column \"steretyped\"; did you mean \"stereotyped\"?"},
        BadItems{"FarColumn", Own(R"("colour": "x")"),
                 "s: line 2: unknown column \"colour\"; known columns: id, category"},
        BadItems{"NotAString", Own(R"("target": 3)"),
                 "s: line 2: \"target\" must be a string, found the number 3"},
        BadItems{"Missing", "stereotyped\nOne\n",
                 "s: line 1: the column \"anti_stereotyped\" is missing"},
        BadItems{"Blank", "stereotyped,anti_stereotyped\nOne, \n",
                 "s: line 2: anti_stereotyped is empty"},
        BadItems{"Identical", "stereotyped,anti_stereotyped\nOne,One\n",
                 "s: line 2: stereotyped and anti_stereotyped are identical"},
        BadItems{"Split", Own(R"("split": "train")"), "s: line 2: split must be \"choose\""},
        BadItems{"ContrastAlone", Own(R"("contrast": "he|she")"),
                 "s: line 2: contrast and group belong together"},
        BadItems{"OneSided", Own(R"("contrast": "he", "group": "he")"),
                 "s: line 2: contrast must name two groups"},
        BadItems{"GroupOutside", Own(R"("contrast": "he|she", "group": "it")"),
                 "s: line 2: group must be one side of the contrast \"he|she\", found \"it\""},
        BadItems{"DuplicateId", "id,stereotyped,anti_stereotyped\na,One,Two\n\na,Three,Four\n",
                 "s: line 4: duplicate id \"a\", first used on line 2"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    OthersFaults, BadItemsTest,
    ::testing::Values(
        BadItems{"CrowsColumn", "sent_more,sent_less,bias\na,b,c\n",
                 "s: line 1: unknown column \"bias\""},
        BadItems{"CrowsMissing", "sent_more\na\n",
                 "s: line 1: the column \"sent_less\" is missing"},
        BadItems{
            "StereosetType", "type,context,stereotype,anti-stereotype\nparagraph,c,One,Two\n",
            "s: line 2: type must be \"intrasentence\" or \"intersentence\", found \"paragraph\""},
        BadItems{"StereosetContext",
                 "type,context,stereotype,anti-stereotype\nintersentence,,One,Two\n",
                 "s: line 2: context is empty"},
        BadItems{"StereosetMissing", "type,context,stereotype\nintrasentence,c,One\n",
                 "s: line 1: the column \"anti-stereotype\" is missing"},
        BadItems{"DevLabel", DevWith("\"gold_label\": \"unrelated\"", "\"gold_label\": \"other\""),
                 "s: line 3: gold_label must be \"stereotype\""},
        BadItems{"DevTwice",
                 DevWith("\"gold_label\": \"unrelated\"", "\"gold_label\": \"stereotype\""),
                 "s: line 3: two sentences are labelled \"stereotype\""},
        BadItems{"DevSentences", DevWith("\"target\": \"Freedonia\"", "\"target\": 7"),
                 "s: line 9: \"target\" must be a string"},
        BadItems{"DevData", R"({"data": [], "sentences": 1})",
                 "s: line 1: \"data\" must be an object"},
        BadItems{"DevList", R"({"data": {"intrasentence": {"sentences": 1}}})",
                 "s: line 1: \"intrasentence\" must be a list"},
        BadItems{"DevEntry", R"({"data": {"intrasentence": ["sentences"]}})",
                 "s: line 1: expected an entry of intrasentence, found string"},
        BadItems{"DevSyntax", R"({"data": {"sentences": )", "s"}),
    [](const auto& test) { return test.param.name; });

TEST(ReadSignedItems, NamesAFileThatIsNotThere) {
  EXPECT_THAT(ReadSignedItems("/nonexistent/items.json"),
              FailsWith(ErrorCode::kNotFound, "/nonexistent/items.json"));
  EXPECT_THAT(ReadProtectedContrasts("/nonexistent/k.json"),
              FailsWith(ErrorCode::kNotFound, "/nonexistent/k.json"));
}

}  // namespace
}  // namespace fairprune
