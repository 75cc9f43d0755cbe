#include "tokenizer/tiktoken_file.h"

#include <filesystem>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/patterns.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t bits = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i) {
      bits = (bits << 8) | (i < count ? static_cast<uint8_t>(bytes[at + i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += i <= count ? kAlphabet[(bits >> (18 - 6 * i)) & 63] : '=';
    }
  }
  return text;
}

std::string LineOf(std::string_view token, size_t rank) {
  return Base64(token) + " " + std::to_string(rank) + "\n";
}

// The 256 bytes.
std::string Bytes() {
  std::string content;
  for (size_t byte = 0; byte < 256; ++byte) {
    content += LineOf(std::string(1, static_cast<char>(byte)), byte);
  }
  return content;
}

TEST(TiktokenFileTest, ReadsTokensByRank) {
  const auto tokens = ParseTiktoken(Bytes() + LineOf("the", 257) + LineOf("he", 256), "t.model");
  ASSERT_THAT(tokens, IsOk());
  ASSERT_EQ(tokens->size(), 258u);
  EXPECT_EQ((*tokens)[0x41], "A");
  EXPECT_EQ((*tokens)[256], "he");
  EXPECT_EQ((*tokens)[257], "the");
}

TEST(TiktokenFileTest, LineEndsMayBeOfEitherKindAndTheLastMayLack) {
  std::string content = Bytes() + LineOf("he", 256);
  content.pop_back();
  EXPECT_THAT(ParseTiktoken(content, "t.model"), IsOk());
  std::string with_returns;
  for (const char c : content) with_returns += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_THAT(ParseTiktoken(with_returns, "t.model"),
              IsOkAndHolds(*ParseTiktoken(content, "t.model")));
}

struct Broken {
  std::string content;
  const char* message;
};

TEST(TiktokenFileTest, MalformedFilesAreRefusedByTheirLine) {
  const std::string good = Bytes();
  const std::vector<Broken> cases = {
      {"", "no token is the byte 0x00"},
      {good.substr(good.find('\n') + 1), ":255: rank 255 in a file of 255 tokens"},
      {good + "aGU=\n", ":257: 'aGU=' is not a base64 token, a space and its rank"},
      {good + "\n", ":257: ''"},
      {good + "aGU= 256 \n", ":257:"},
      {good + "aGU= -1\n", ":257:"},
      {good + "aGU= 99999999999\n", ":257:"},
      {good + "aG!= 256\n", ":257:"},
      {good + "aGU 256\n", ":257:"},
      {good + "a=U= 256\n", ":257:"},
      {good + "aGV= 256\n", ":257:"},  // bits beyond the last byte
      {good + " 256\n", ":257:"},
      {good + LineOf("he", 257), ":257: rank 257 in a file of 257 tokens"},
      {good + LineOf("he", 7), ":257: rank 7 is that of line 8"},
      {good + LineOf("A", 256), ":257: the token is that of line 66"}};
  for (const Broken& broken : cases) {
    EXPECT_THAT(ParseTiktoken(broken.content, "t.model"),
                FailsWith(ErrorCode::kBadFormat, broken.message));
  }
}

TEST(TiktokenFileTest, IsKnownByItsFirstLine) {
  EXPECT_TRUE(LooksLikeTiktoken("IQ== 0\nIg== 1\n"));
  EXPECT_TRUE(LooksLikeTiktoken("IQ== 0"));
  EXPECT_FALSE(LooksLikeTiktoken(""));
  EXPECT_FALSE(LooksLikeTiktoken("{\"version\": 1}"));
  EXPECT_FALSE(LooksLikeTiktoken("\x0A\x0E\x0A\x05<unk>"));
}

TEST(TiktokenFileTest, AnUnknownVocabularyIsRefused) {
  const TempFolder folder;
  const std::string path = folder.Write("tokenizer.model", Bytes());
  EXPECT_THAT(Tokenizer::FromFile(path),
              FailsWith(ErrorCode::kUnsupported, "this tiktoken vocabulary is not known"));
}

TEST(TiktokenFileTest, MakesADefinition) {
  const auto tokens = ParseTiktoken(Bytes() + LineOf("he", 256) + LineOf(" he", 257), "t.model");
  ASSERT_THAT(tokens, IsOk());
  const TiktokenFamily family = {"test", kLlama3Pattern, {"<b>", "<e>"}, "<b>", "<e>"};
  const TokenizerDefinition made = MakeTiktokenDefinition(*tokens, family, "t.model");
  EXPECT_EQ(made.vocabulary[257], std::pair(std::string("Ġhe"), 257));
  const std::vector<std::pair<std::string, std::string>> expected = {{"h", "e"}, {"Ġ", "he"}};
  EXPECT_EQ(made.merges, expected);
  ASSERT_EQ(made.added_tokens.size(), 2u);
  EXPECT_EQ(made.added_tokens[1].id, 259);
  EXPECT_EQ(made.added_tokens[1].content, "<e>");
  EXPECT_TRUE(made.added_tokens[1].special);
}

}  // namespace
}  // namespace fairprune
