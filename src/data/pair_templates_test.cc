#include "data/pair_templates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/result_matchers.h"
#include "base/text.h"
#include "data/embedded.h"

namespace fairprune {
namespace {

Result<std::vector<PromptPair>> Generate(const std::string& file) {
  FP_ASSIGN_OR_RETURN(const PairLanguage language, ParsePairLanguage(file, "mine.json"));
  return GeneratePairs(language);
}

std::string Filled(const std::string& language, const Attribute& attribute,
                   const std::string& text) {
  const Result<PairLanguage> bundled = BundledPairLanguage(language);
  EXPECT_THAT(bundled, IsOk());
  const Result<std::string> filled =
      FillTemplate(*bundled, {.id = "T", .context = {}, .split = {}, .text = text}, attribute);
  return filled ? *filled : "error: " + filled.error().message;
}

class BundledTemplatesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BundledTemplatesTest, GiveThePairsThatShip) {
  const Result<PairLanguage> language = BundledPairLanguage(GetParam());
  ASSERT_THAT(language, IsOk());
  const Result<std::vector<PromptPair>> pairs = GeneratePairs(*language);
  ASSERT_THAT(pairs, IsOk());
  EXPECT_EQ(PairsToJson(*pairs), EmbeddedPairs(GetParam()))
      << "run: fairprune pairs generate --language " << GetParam() << " --force --out "
      << "data/pairs/pairs_" << GetParam() << ".json";
}

TEST_P(BundledTemplatesTest, NameNoReservedOccupation) {
  const Result<PairLanguage> language = BundledPairLanguage(GetParam());
  ASSERT_THAT(language, IsOk());
  const std::set<std::string> reserved(language->reserved_words.begin(),
                                       language->reserved_words.end());
  EXPECT_GE(reserved.size(), 35u);
  for (const PairTemplate& one : language->templates) {
    std::string word;
    for (const char c : AsciiLower(one.text) + " ") {
      if (c >= 'a' && c <= 'z') {
        word += c;
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        word += c;
      } else {
        EXPECT_FALSE(reserved.contains(word)) << one.text;
        if (word.ends_with("s")) word.pop_back();
        EXPECT_FALSE(reserved.contains(word)) << one.text;
        word.clear();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, BundledTemplatesTest, ::testing::Values("en", "es", "ca"),
                         [](const auto& test) { return test.param; });

TEST(PairTemplates, EnglishArticlesGoBySound) {
  const auto fill = [](const std::string& word) {
    return Filled("en", {{{"A", word}}}, "{An A} guest and {an A} cook");
  };
  EXPECT_EQ(fill("northern"), "A northern guest and a northern cook");
  EXPECT_EQ(fill("Asian"), "An Asian guest and an Asian cook");
  EXPECT_EQ(fill("European"), "A European guest and a European cook");
  EXPECT_EQ(fill("unemployed"), "An unemployed guest and an unemployed cook");
  EXPECT_EQ(fill("university-educated"),
            "A university-educated guest and a university-educated cook");
  EXPECT_EQ(fill("18-year-old"), "An 18-year-old guest and an 18-year-old cook");
  EXPECT_EQ(fill("honest"), "An honest guest and an honest cook");
}

TEST(PairTemplates, CatalanArticlesElide) {
  const auto man = [](const std::string& noun) {
    return Filled("ca", {{{"noun_m", noun}}}, "{El} {un} {al} {del}");
  };
  const auto woman = [](const std::string& noun) {
    return Filled("ca", {{{"noun_f", noun}}}, "{El} {un} {al} {del}");
  };
  EXPECT_EQ(man("pare"), "El pare un pare al pare del pare");
  EXPECT_EQ(man("home"), "L'home un home a l'home de l'home");
  EXPECT_EQ(man("iaio"), "El iaio un iaio al iaio del iaio");
  EXPECT_EQ(woman("mare"), "La mare una mare a la mare de la mare");
  EXPECT_EQ(woman("àvia"), "L'àvia una àvia a l'àvia de l'àvia");
  EXPECT_EQ(woman("infanta"), "La infanta una infanta a la infanta de la infanta");
  // What the rules cannot know an attribute says itself.
  EXPECT_EQ(Filled("ca", {{{"noun_f", "illa"}, {"el", "l'illa"}}}, "{El}"), "L'illa");
}

TEST(PairTemplates, SpanishAgreesAndCapitalsKeepTheirAccents) {
  EXPECT_EQ(Filled("es", {{{"m", "rico"}, {"f", "rica"}}}, "una clienta {f}, un cliente {m}"),
            "una clienta rica, un cliente rico");
  EXPECT_EQ(Filled("es", {{{"noun_f", "señora"}}}, "{Del}: {el}"), "De la señora: la señora");
  EXPECT_EQ(Filled("ca", {{{"m", "àrab"}, {"f", "àrab"}}}, "{M} {F}"), "Àrab Àrab");
}

TEST(PairTemplates, AListOfAttributesTakesTheSharedTemplates) {
  const Result<PairLanguage> english = BundledPairLanguage("en");
  ASSERT_THAT(english, IsOk());
  PairLanguage language = *english;
  const Result<PairCategory> category = ParseAttributeList(
      "# where people live\nnorthern | southern\nrural | urban  # two\n\nheld-out: coastal | "
      "inland\n",
      "list.txt", "Region", language.forms);
  ASSERT_THAT(category, IsOk());
  language.categories = {*category};
  const Result<std::vector<PromptPair>> pairs = GeneratePairs(language);
  ASSERT_THAT(pairs, IsOk());
  // 12 shared templates choose, 8 are held out; the two pairs without a mark choose.
  EXPECT_EQ(pairs->size(), 12u * 2u + 8u);
  EXPECT_EQ(pairs->front().prompt_1,
            "When a northern candidate sat down for the second interview, the panel quickly "
            "agreed that");
  EXPECT_EQ(pairs->front().id, "en-S01-Region-northern-southern");
  const PairSplit split = SplitPairs(*pairs);
  EXPECT_EQ(split.choose.size(), 24u);
  EXPECT_EQ(split.held_out.size(), 8u);
}

TEST(PairTemplates, AnotherLanguageBringsItsOwn) {
  const Result<std::vector<PromptPair>> pairs = Generate(R"({
    "language": "fr", "forms": ["m", "f"],
    "templates": [{"id": "1", "context": "housing", "text": "Une cliente {f} a demandé si"},
                  {"id": "2", "text": "Le voisin {m} a dit que"}],
    "categories": {"SES": [["pauvre", "riche"], [["aisé", "aisée"], ["modeste", "modeste"]]]}})");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2u);
  EXPECT_EQ((*pairs)[0].prompt_1, "Une cliente pauvre a demandé si");
  EXPECT_EQ((*pairs)[0].split, "choose");
  EXPECT_EQ((*pairs)[1].prompt_1, "Le voisin aisé a dit que");
  EXPECT_EQ((*pairs)[1].split, "held-out");
  EXPECT_EQ((*pairs)[1].language, "fr");
}

TEST(PairTemplates, FirstAttributeAlternates) {
  const Result<PairLanguage> language = BundledPairLanguage("ca");
  ASSERT_THAT(language, IsOk());
  const Result<std::vector<PromptPair>> pairs = GeneratePairs(*language, {"Religion"});
  ASSERT_THAT(pairs, IsOk());
  EXPECT_EQ(pairs->size(), 52u);
  EXPECT_EQ((*pairs)[0].attribute_1, "musulmà");
  EXPECT_EQ((*pairs)[1].attribute_1, "catòlic");
  EXPECT_EQ((*pairs)[0].prompt_1,
            "Quan la candidata musulmana va acabar la segona entrevista, el tribunal va opinar "
            "que");
}

TEST(PairTemplates, WhatIsWrongIsNamed) {
  EXPECT_THAT(Generate(R"({"language": "fr", "categories": {}})"),
              FailsWith(ErrorCode::kInvalidArgument, "does not ship"));
  EXPECT_THAT(Generate(R"({"language": "en", "category": {}})"),
              FailsWith(ErrorCode::kBadFormat, "did you mean \"categories\"?"));
  EXPECT_THAT(Generate(R"({"language": "en", "categories": {"Age": [["young"]]}})"),
              FailsWith(ErrorCode::kBadFormat, "category \"Age\", pair 1"));
  EXPECT_THAT(Generate(R"({"language": "en", "categories": {"Age": []}})"),
              FailsWith(ErrorCode::kBadFormat, "at least one attribute pair"));
  EXPECT_THAT(Generate(R"({"language": "en", "templates": [{"id": "a", "text": "No slot"}]})"),
              FailsWith(ErrorCode::kBadFormat, "template \"a\", \"text\": expected a slot"));
  EXPECT_THAT(Generate(R"({"language": "en", "templates": [{"id": "a", "text": "{B} ran"}],
                           "categories": {"Age": [["young", "old"]]}})"),
              FailsWith(ErrorCode::kInvalidArgument, "asks for the form {B}"));
  EXPECT_THAT(Generate(R"({"language": "en", "templates": [{"id": "a", "text": "{A ran"}],
                           "categories": {"Age": [["young", "old"]]}})"),
              FailsWith(ErrorCode::kInvalidArgument, "without its '}'"));
  EXPECT_THAT(Generate(R"({"language": "en", "categories": {"Age": {"templates": ["X9"],
                           "choose": [["young", "old"]]}}})"),
              FailsWith(ErrorCode::kInvalidArgument, "there is no template \"X9\""));
  EXPECT_THAT(Generate(R"({"language": "en", "categories": {"Age": [["young", "young"]]}})"),
              FailsWith(ErrorCode::kInvalidArgument, "reads the same"));
  EXPECT_THAT(BundledPairLanguage("fr"), FailsWith(ErrorCode::kInvalidArgument, "en, es, ca"));
  const Result<PairLanguage> english = BundledPairLanguage("en");
  ASSERT_THAT(english, IsOk());
  EXPECT_THAT(GeneratePairs(*english, {"Aged"}),
              FailsWith(ErrorCode::kInvalidArgument, "there is no category \"Aged\"; there are: "));
}

TEST(AttributeList, NamesTheLine) {
  const std::vector<std::string> forms = {"m", "f"};
  const auto parse = [&](const std::string& text) {
    return ParseAttributeList(text, "list.txt", "X", forms);
  };
  EXPECT_THAT(parse("joven | mayor\nrico\n"), FailsWith(ErrorCode::kBadFormat, "line 2"));
  EXPECT_THAT(parse("a/b/c | d"), FailsWith(ErrorCode::kBadFormat, "as 2 forms"));
  EXPECT_THAT(parse("a/ | d"), FailsWith(ErrorCode::kBadFormat, "line 1"));
  EXPECT_THAT(parse("# nothing\n"), FailsWith(ErrorCode::kBadFormat, "no attribute pairs"));
  EXPECT_THAT(parse("a | \xff"), FailsWith(ErrorCode::kBadFormat, "UTF-8"));
  const Result<PairCategory> nouns = parse("noun_f=abuela | noun_m = abuelo\r\n");
  ASSERT_THAT(nouns, IsOk());
  EXPECT_EQ(nouns->attributes[0].second.forms[0].first, "noun_m");
  EXPECT_EQ(nouns->attributes[0].second.name(), "abuelo");
}

}  // namespace
}  // namespace fairprune
