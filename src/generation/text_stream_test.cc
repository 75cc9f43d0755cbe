#include "generation/text_stream.h"

#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"
#include "generation/chat.h"
#include "io/json.h"

namespace fairprune {
namespace {

const std::string kTokenizers = std::string(FAIRPRUNE_TESTDATA) + "/tokenizer/";
// Byte-level BPE, and SentencePiece with and without a space put in front, with byte fallback.
const char* const kFiles[] = {
    "tokenizer.json", "sentencepiece/bpe/tokenizer.model", "sentencepiece/bpe_new/tokenizer.model",
    "sentencepiece/bpe_no_prefix/tokenizer.model", "sentencepiece/unigram/tokenizer.model"};

using Ids = std::vector<int32_t>;

// All pieces of `ids` behind `prompt`, each valid UTF-8.
std::string Streamed(const Tokenizer& tokenizer, const Ids& prompt, const Ids& ids) {
  TextStream stream(tokenizer, prompt);
  std::string text;
  for (const int32_t id : ids) {
    const auto piece = stream.Push(id);
    EXPECT_THAT(piece, IsOk());
    EXPECT_EQ(FindInvalidUtf8(*piece), std::string::npos);
    text += *piece;
  }
  const auto rest = stream.Finish();
  EXPECT_THAT(rest, IsOk());
  return text + *rest;
}

void CheckStream(const Tokenizer& tokenizer, const Ids& prompt, const Ids& ids) {
  Ids all = prompt;
  all.insert(all.end(), ids.begin(), ids.end());
  const auto before = tokenizer.Decode(prompt, true);
  const auto whole = tokenizer.Decode(all, true);
  ASSERT_THAT(before, IsOk());
  ASSERT_THAT(whole, IsOk());
  ASSERT_TRUE(whole->starts_with(*before));
  EXPECT_EQ(Streamed(tokenizer, prompt, ids), whole->substr(before->size()));
}

TEST(TextStreamTest, PiecesAreTheDecodedText) {
  for (const char* file : kFiles) {
    SCOPED_TRACE(file);
    const auto tokenizer = Tokenizer::FromFile(kTokenizers + file);
    ASSERT_THAT(tokenizer, IsOk());
    for (const char* text :
         {"Hello world, how  are   you?", " begins with a space\n\n\ttab",
          "naïve café — 「日本語」", "emoji 👩‍👩‍👧 and 🇪🇸 flags",
          "ends in one: é", "x\xEF\xBF\xBDy"}) {
      const auto ids = tokenizer->Encode(text);
      ASSERT_THAT(ids, IsOk());
      CheckStream(*tokenizer, {}, *ids);
      for (size_t cut = 1; cut < ids->size(); cut += 3) {
        const Ids prompt(ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(cut));
        const auto prompt_text = tokenizer->Decode(prompt, true);
        ASSERT_THAT(prompt_text, IsOk());
        // A prompt is a text: it does not end within a character.
        if (prompt_text->ends_with("\xEF\xBF\xBD")) continue;
        CheckStream(*tokenizer, prompt,
                    Ids(ids->begin() + static_cast<std::ptrdiff_t>(cut), ids->end()));
      }
    }
  }
}

TEST(TextStreamTest, HoldsBackAnUnfinishedCharacter) {
  const auto tokenizer = Tokenizer::FromFile(kTokenizers + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  const auto ids = tokenizer->Encode("👩x");
  ASSERT_THAT(ids, IsOk());
  ASSERT_GT(ids->size(), 2);  // the emoji's bytes are tokens of their own
  TextStream stream(*tokenizer, {});
  std::string text;
  for (size_t i = 0; i < ids->size(); ++i) {
    const auto piece = stream.Push((*ids)[i]);
    ASSERT_THAT(piece, IsOk());
    if (i + 2 < ids->size()) {
      EXPECT_EQ(*piece, "");
    }
    text += *piece;
  }
  EXPECT_EQ(text, "👩x");
  // Cut off inside it: one U+FFFD, at the end only.
  TextStream cut(*tokenizer, {});
  for (size_t i = 0; i + 2 < ids->size(); ++i) {
    const auto piece = cut.Push((*ids)[i]);
    ASSERT_THAT(piece, IsOk());
    EXPECT_EQ(*piece, "");
  }
  EXPECT_THAT(cut.Finish(), IsOkAndHolds(std::string("\xEF\xBF\xBD")));
  EXPECT_THAT(cut.Finish(), IsOkAndHolds(std::string()));
}

// What a model at random says: bytes that are no UTF-8, special tokens.
TEST(TextStreamTest, AnyIdsOfAByteLevelTokenizerGiveTheDecodedText) {
  const auto tokenizer = Tokenizer::FromFile(kTokenizers + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  std::mt19937 generator(3);
  for (int round = 0; round < 200; ++round) {
    Ids ids;
    for (int i = 0; i < 30; ++i) {
      ids.push_back(
          static_cast<int32_t>(generator() % static_cast<uint32_t>(tokenizer->vocabulary_size())));
    }
    CheckStream(*tokenizer, {}, ids);
  }
}

// Bytes as tokens: a character that has been told stays, whatever comes behind it.
TEST(TextStreamTest, BytesThatSpoilTheirRunDoNotTakeBackWhatWasTold) {
  const auto tokenizer = Tokenizer::FromFile(kTokenizers + "sentencepiece/bpe/tokenizer.model");
  ASSERT_THAT(tokenizer, IsOk());
  const auto id_of = [&](const char* token) { return tokenizer->TokenId(token).value(); };
  const Ids ids = {id_of("<0xC3>"), id_of("<0xA9>"), id_of("<0xE4>"),
                   id_of("<0xBD>"), id_of("<0xA0>"), id_of("<0xFF>")};
  EXPECT_EQ(Streamed(*tokenizer, {}, ids), "é你\xEF\xBF\xBD");
}

TEST(ChatMlTest, NeedsItsTokens) {
  const auto tokenizer = Tokenizer::FromFile(kTokenizers + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(ChatMlPrompt(*tokenizer, "", "Hello"),
              FailsWith(ErrorCode::kUnsupported, "the tokenizer has no <|im_start|>"));
}

}  // namespace
}  // namespace fairprune
