// Every component and option of tokenizer.json that is known, against what the tokenizers library
// gave (tools/make_tokenizer_cases.py).
#include <nlohmann/json.hpp>
#include <utility>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

const Json& Cases() {
  static const Json kCases = [] {
    auto json = ReadJsonFile(FAIRPRUNE_TESTDATA "/tokenizer/cases.json");
    EXPECT_THAT(json, IsOk());
    return json ? *std::move(json) : Json();
  }();
  return kCases;
}

Result<Tokenizer> Load(const TempFolder& folder, const std::string& document) {
  return Tokenizer::FromFile(folder.Write("tokenizer.json", document));
}

void Compare(const Tokenizer& tokenizer, const Json& expected) {
  const Json& texts = Cases().at("texts");
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts.at(i).get<std::string>();
    SCOPED_TRACE("text " + std::to_string(i) + ": '" + text + "'");
    const auto plain = expected.at("plain").at(i).get<Ids>();
    EXPECT_THAT(tokenizer.Encode(text), IsOkAndHolds(plain));
    if (!expected.contains("decoded")) continue;
    EXPECT_THAT(tokenizer.Decode(plain),
                IsOkAndHolds(expected.at("decoded").at(i).get<std::string>()));
    if (i % 4 != 0) continue;
    const auto special = expected.at("special").at(i / 4).get<Ids>();
    EXPECT_THAT(tokenizer.Encode(text, {.add_special = true}), IsOkAndHolds(special));
    EXPECT_THAT(tokenizer.Decode(special, true),
                IsOkAndHolds(expected.at("decoded_skip").at(i / 4).get<std::string>()));
  }
}

TEST(TokenizerCasesTest, EveryCaseGivesTheIdsAndTextsOfTheTokenizersLibrary) {
  const TempFolder folder;
  for (const Json& expected : Cases().at("cases")) {
    SCOPED_TRACE(expected.at("name").get<std::string>());
    Json document = Cases().at("bases").at(expected.at("base").get<std::string>());
    Json model = document.at("model");
    for (const auto& [key, value] : expected.at("changes").items()) document[key] = value;
    if (expected.at("changes").contains("model")) {
      model.merge_patch(expected.at("changes").at("model"));
      document["model"] = std::move(model);
    }
    const auto tokenizer = Load(folder, DumpJson(document));
    ASSERT_THAT(tokenizer, IsOk());
    Compare(*tokenizer, expected);
  }
}

// A long text is encoded as its parts are: the cuts inside of long words, and the word cache, do
// not change ids. All texts joined make one word of every tokenizer without a pre-tokenizer.
TEST(TokenizerCasesTest, CutsOfLongWordsDoNotChangeIds) {
  const TempFolder folder;
  std::string text;
  for (const Json& part : Cases().at("texts")) text += part.get<std::string>();
  for (const char* fuse : {"true", "false"}) {
    for (const char* fallback : {"true", "false"}) {
      Json document = Cases().at("bases").at("bpe");
      document["added_tokens"] = Json::array();
      document["model"]["fuse_unk"] = Json::parse(fuse);
      document["model"]["byte_fallback"] = Json::parse(fallback);
      const auto cutting = Load(folder, DumpJson(document));
      // A merge that takes the unknown token: no word may be cut.
      document["model"]["vocab"]["<unk><unk>"] = 1000;
      document["model"]["merges"].push_back(Json::array({"<unk>", "<unk>"}));
      const auto whole = Load(folder, DumpJson(document));
      ASSERT_THAT(cutting, IsOk());
      ASSERT_THAT(whole, IsOk());
      Ids unmerged;
      const auto merged = whole->Encode(text);
      ASSERT_THAT(merged, IsOk());
      for (const int32_t id : *merged) {
        unmerged.insert(unmerged.end(), id == 1000 ? 2 : 1, id == 1000 ? 0 : id);
      }
      EXPECT_THAT(cutting->Encode(text), IsOkAndHolds(unmerged)) << fuse << " " << fallback;
    }
  }
}

TEST(TokenizerCasesTest, UnigramsOfGreatLengthAndUnknownCharacters) {
  const TempFolder folder;
  Json document = Cases().at("bases").at("unigram_no_bytes");
  document["pre_tokenizer"] = nullptr;
  document["added_tokens"] = Json::array();
  document["model"]["unk_id"] = nullptr;
  const auto tokenizer = Load(folder, DumpJson(document));
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(tokenizer->Encode("the \u4e00"),
              FailsWith(ErrorCode::kInvalidArgument, "' ' is not in the vocabulary"));
  std::string text;
  while (text.size() < 1'000'000) text += "the▁nurse▁";
  const auto ids = tokenizer->Encode(text);
  ASSERT_THAT(ids, IsOk());
  std::string spelled;
  for (const int32_t id : *ids) spelled += *tokenizer->TokenText(id);
  EXPECT_EQ(spelled, text);
}

TEST(TokenizerCasesTest, AnUnknownTokenThatIsNoTokenIsMissedWhenItIsNeeded) {
  const TempFolder folder;
  Json document = Cases().at("bases").at("bpe");
  document["model"]["unk_token"] = "<none>";
  document["model"]["byte_fallback"] = false;
  const auto tokenizer = Load(folder, DumpJson(document));
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(tokenizer->Encode("the nurse"), IsOk());
  EXPECT_THAT(tokenizer->Encode("\u4e00"), FailsWith(ErrorCode::kInvalidArgument, "'<none>'"));
}

}  // namespace
}  // namespace fairprune
