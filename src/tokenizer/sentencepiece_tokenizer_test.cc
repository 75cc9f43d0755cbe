// SentencePiece models against what the tokenizers library and SentencePiece itself gave
// (tools/make_sentencepiece_fixtures.py).
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/wire_for_test.h"

namespace fairprune {
namespace {

const std::string kFolder = FAIRPRUNE_TESTDATA "/tokenizer/sentencepiece/";

void ExpectIds(const Tokenizer& tokenizer, const Json& texts, const Json& expected) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts.at(i).get<std::string>();
    const auto plain = expected.at("plain").at(i).get<std::vector<int32_t>>();
    EXPECT_THAT(tokenizer.Encode(text), IsOkAndHolds(plain)) << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer.Encode(text, {.add_special = true}),
                IsOkAndHolds(expected.at("special").at(i).get<std::vector<int32_t>>()))
        << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer.Decode(plain),
                IsOkAndHolds(expected.at("decoded").at(i).get<std::string>()))
        << "text " << i << ": " << text;
  }
}

class SentencePieceTokenizerTest : public ::testing::TestWithParam<const char*> {};

TEST_P(SentencePieceTokenizerTest, GivesTheExpectedIdsAndTexts) {
  const auto expected = ReadJsonFile(kFolder + "expected.json");
  ASSERT_THAT(expected, IsOk());
  const auto tokenizer = Tokenizer::FromFile(kFolder + GetParam() + "/tokenizer.model");
  ASSERT_THAT(tokenizer, IsOk());
  ExpectIds(*tokenizer, expected->at("texts"), expected->at(GetParam()));
}

TEST_P(SentencePieceTokenizerTest, TheWrittenFilesGiveTheSame) {
  const auto expected = ReadJsonFile(kFolder + "expected.json");
  ASSERT_THAT(expected, IsOk());
  const auto tokenizer = Tokenizer::FromFile(kFolder + GetParam() + "/tokenizer.model");
  ASSERT_THAT(tokenizer, IsOk());
  const TempFolder folder;
  folder.Write("tokenizer_config.json", *tokenizer->ToTokenizerConfigJson());
  const std::string path = folder.Write("tokenizer.json", *tokenizer->ToTokenizerJson());
  const auto again = Tokenizer::FromFile(path);
  ASSERT_THAT(again, IsOk());
  ExpectIds(*again, expected->at("texts"), expected->at(GetParam()));
  EXPECT_EQ(again->bos_id(), tokenizer->bos_id());
  EXPECT_EQ(again->eos_id(), tokenizer->eos_id());
  EXPECT_EQ(again->adds_bos(), tokenizer->adds_bos());
  EXPECT_EQ(again->vocabulary_size(), tokenizer->vocabulary_size());
}

INSTANTIATE_TEST_SUITE_P(All, SentencePieceTokenizerTest,
                         ::testing::Values("bpe", "bpe_no_prefix", "bpe_new", "bpe_unknown",
                                           "unigram", "unigram_unknown"),
                         [](const auto& test) { return test.param; });

TEST(SentencePieceFileTest, AFolderWithoutTokenizerJsonGivesItsTokenizerModel) {
  const TempFolder folder;
  for (const char* name : {"config.json", "model.safetensors"}) {
    std::filesystem::copy_file(std::string(FAIRPRUNE_TESTDATA "/models/llama/") + name,
                               folder.File(name));
  }
  const auto checkpoint = Checkpoint::Open(folder.path());
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_THAT(Tokenizer::FromCheckpoint(*checkpoint),
              FailsWith(ErrorCode::kNotFound, "neither tokenizer.json nor tokenizer.model"));
  folder.Write("tokenizer.model", Slurp(kFolder + "bpe/tokenizer.model"));
  const auto tokenizer = Tokenizer::FromCheckpoint(*checkpoint);
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(tokenizer->description(), ::testing::HasSubstr("tokenizer.model"));
  EXPECT_THAT(tokenizer->Encode("Hello"),
              IsOkAndHolds(*Tokenizer::FromFile(kFolder + "bpe/tokenizer.model")->Encode("Hello")));
}

TEST(SentencePieceFileTest, SpecialTokensComeFromTheFolderThenFromTheModel) {
  const TempFolder folder;
  const std::string path = folder.Write("tokenizer.model", Slurp(kFolder + "bpe/tokenizer.model"));
  auto tokenizer = Tokenizer::FromFile(path);
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_EQ(tokenizer->bos_id(), 1);
  EXPECT_EQ(tokenizer->eos_id(), 2);
  EXPECT_TRUE(tokenizer->adds_bos());
  folder.Write("tokenizer_config.json",
               R"({"bos_token": {"content": "<sep>"}, "eos_token": null, "chat_template": "x"})");
  tokenizer = Tokenizer::FromFile(path);
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_EQ(tokenizer->bos_id(), tokenizer->TokenId("<sep>"));
  EXPECT_EQ(tokenizer->eos_id(), std::nullopt);
  const auto settings = ParseJson(*tokenizer->ToTokenizerConfigJson(), "settings");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->at("chat_template"), "x");
  EXPECT_EQ(settings->at("tokenizer_class"), "PreTrainedTokenizerFast");
}

// A small model, with what a test changes in its specs.
std::string ModelWith(const std::string& trainer, const std::string& normalizer) {
  return WirePiece("<unk>", 0, 2) + WirePiece("<s>", 0, 3) + WirePiece("</s>", 0, 3) +
         WirePiece("▁", -1, 1) + WirePiece("a", -2, 1) + WireBytes(2, WireInt(3, 2) + trainer) +
         WireBytes(3, WireBytes(1, "named") + WireInt(4, 0) + normalizer);
}

TEST(SentencePieceFileTest, WhatWouldGiveOtherIdsIsRefusedByName) {
  struct Refused {
    std::string content;
    ErrorCode code;
    const char* message;
  };
  const std::vector<Refused> cases = {
      {ModelWith(WireInt(3, 3), ""), ErrorCode::kUnsupported, "model_type WORD"},
      {ModelWith(WireInt(3, 4), ""), ErrorCode::kUnsupported, "model_type CHAR"},
      {ModelWith(WireInt(24, 1), ""), ErrorCode::kUnsupported, "treat_whitespace_as_suffix"},
      {ModelWith(WireInt(35, 1), ""), ErrorCode::kBadFormat, "byte_fallback with 0 byte pieces"},
      {ModelWith("", WireBytes(2, "x")), ErrorCode::kUnsupported, "normalizer 'named'"},
      {ModelWith("", WireInt(4, 1)), ErrorCode::kUnsupported, "remove_extra_whitespaces"},
      {ModelWith("", WireInt(5, 0)), ErrorCode::kUnsupported, "escape_whitespaces false"},
      {ModelWith("", "") + WireBytes(5, WireBytes(2, "x")), ErrorCode::kUnsupported,
       "a denormalizer"}};
  const TempFolder folder;
  for (const Refused& refused : cases) {
    const std::string path = folder.Write("tokenizer.model", refused.content);
    EXPECT_THAT(Tokenizer::FromFile(path), FailsWith(refused.code, refused.message));
  }
  const std::string path = folder.Write("tokenizer.model", ModelWith("", ""));
  EXPECT_THAT(Tokenizer::FromFile(path), IsOk());
  folder.Write("tokenizer_config.json", R"({"tokenizer_class": "XLMRobertaTokenizer"})");
  EXPECT_THAT(Tokenizer::FromFile(path),
              FailsWith(ErrorCode::kUnsupported, "tokenizer_class 'XLMRobertaTokenizer'"));
}

TEST(SentencePieceFileTest, ModelsThatSentencePieceMadeAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {{"word", "model_type WORD"},
                                                       {"char", "model_type CHAR"},
                                                       {"spaces", "remove_extra_whitespaces"},
                                                       {"suffix", "treat_whitespace_as_suffix"}};
  for (const auto& [name, message] : cases) {
    EXPECT_THAT(Tokenizer::FromFile(kFolder + "refused/" + name + ".model"),
                FailsWith(ErrorCode::kUnsupported, message));
  }
}

TEST(SentencePieceFileTest, TheFormatIsToldByTheBytes) {
  const TempFolder folder;
  const std::string json = Slurp(FAIRPRUNE_TESTDATA "/tokenizer/tokenizer.json");
  EXPECT_THAT(Tokenizer::FromFile(folder.Write("a.model", json)), IsOk());
  EXPECT_THAT(Tokenizer::FromFile(folder.Write("b.model", "\n\n " + json)), IsOk());
  EXPECT_THAT(Tokenizer::FromFile(folder.Write("c.model", "IQ== 0\nIg== x\n")),
              FailsWith(ErrorCode::kBadFormat, "c.model:2: 'Ig== x'"));
  EXPECT_THAT(Tokenizer::FromFile(folder.Write("d.model", "\x0A\x05\x0A\x03<u")),
              FailsWith(ErrorCode::kBadFormat, "is the file cut off"));
  EXPECT_THAT(Tokenizer::FromFile(folder.Write("e.model", "")),
              FailsWith(ErrorCode::kBadFormat, "e.model: byte"));
}

TEST(SentencePieceFileTest, Llama2GivesSentencePiecesIds) {
  const std::string path = std::string(FAIRPRUNE_SHARED) + "/tokenizers/llama2/tokenizer.model";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " absent: the ids of Llama 2's tokenizer.model are not checked";
  }
  const auto tokenizer = Tokenizer::FromFile(path);
  ASSERT_THAT(tokenizer, IsOk());
  const auto rows = ReadJsonFile(kFolder + "llama2.json");
  ASSERT_THAT(rows, IsOk());
  for (const Json& row : *rows) {
    EXPECT_THAT(tokenizer->Encode(row.at(0).get<std::string>()),
                IsOkAndHolds(row.at(1).get<std::vector<int32_t>>()))
        << row.at(0);
  }
}

}  // namespace
}  // namespace fairprune
