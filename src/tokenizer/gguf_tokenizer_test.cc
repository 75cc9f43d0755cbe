#include "tokenizer/gguf_tokenizer.h"

#include <algorithm>

#include "base/result_matchers.h"
#include "io/temp_folder.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

using Strings = std::vector<std::string_view>;
using Integers = std::vector<int64_t>;

// The 256 bytes, two merges, a control and a user-defined token.
GgufMetadata SmallMetadata() {
  static const std::vector<std::string> kTokens = [] {
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte) {
      tokens.push_back(BytesToAlphabet(std::string(1, static_cast<char>(byte))));
    }
    for (const char* more : {"he", "Ġhe", "<|bos|>", "<think>"}) tokens.emplace_back(more);
    return tokens;
  }();
  Integers types(kTokens.size(), 1);
  types[258] = 3;
  types[259] = 4;
  return {{"tokenizer.ggml.model", std::string("gpt2")},
          {"tokenizer.ggml.pre", std::string("gpt-2")},
          {"tokenizer.ggml.tokens", Strings(kTokens.begin(), kTokens.end())},
          {"tokenizer.ggml.token_type", types},
          {"tokenizer.ggml.merges", Strings{"h e", "Ġ he"}},
          {"tokenizer.ggml.bos_token_id", int64_t{258}},
          {"tokenizer.ggml.add_bos_token", true},
          {"tokenizer.chat_template", std::string("{{ messages }}")}};
}

TEST(GgufTokenizerTest, ReadsTheMetadata) {
  const auto made = ReadGgufTokenizer(SmallMetadata(), "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->definition.vocabulary.size(), 260u);
  ASSERT_EQ(made->definition.added_tokens.size(), 2u);
  EXPECT_TRUE(made->definition.added_tokens[0].special);
  EXPECT_FALSE(made->definition.added_tokens[1].special);
  EXPECT_EQ(made->special.bos, 258);
  EXPECT_EQ(made->special.eos, std::nullopt);
  EXPECT_TRUE(made->adds_bos);
  EXPECT_EQ(made->chat_template, "{{ messages }}");
}

TEST(GgufTokenizerTest, WritesATokenizerJsonThatReadsBack) {
  const auto made = ReadGgufTokenizer(SmallMetadata(), "m.gguf");
  ASSERT_THAT(made, IsOk());
  const std::string text = WriteTokenizerJson(made->definition);
  const auto again = ParseTokenizerJson(text, "again");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->vocabulary, made->definition.vocabulary);
  EXPECT_EQ(again->merges, made->definition.merges);
  EXPECT_EQ(WriteTokenizerJson(*again), text);
}

// Every stretch of the text is a token that merges make from its beginning on, so that each word
// becomes one token.
TEST(GgufTokenizerTest, EveryKnownNameCutsWordsInItsWay) {
  const std::string text = "we'LL 12345 fooBar//";
  const std::pair<const char*, std::vector<std::string_view>> cases[] = {
      {"gpt-2", {"we", "'", "LL", " 12345", " fooBar", "//"}},
      {"default", {"we", "'", "LL", " 12345", " fooBar", "//"}},
      {"smollm", {"we", "'", "LL", " 12345", " fooBar", "//"}},
      {"refact", {"we", "'", "LL", " ", "1", "2", "3", "4", "5", " fooBar", "//"}},
      {"llama-bpe", {"we", "'LL", " ", "123", "45", " fooBar", "//"}},
      {"llama3", {"we", "'LL", " ", "123", "45", " fooBar", "//"}},
      {"llama-v3", {"we", "'LL", " ", "123", "45", " fooBar", "//"}},
      {"smaug-bpe", {"we", "'LL", " ", "123", "45", " fooBar", "//"}},
      {"dbrx", {"we", "'LL", " ", "123", "45", " fooBar", "//"}},
      {"qwen2", {"we", "'LL", " ", "1", "2", "3", "4", "5", " fooBar", "//"}},
      {"deepseek-r1-qwen", {"we", "'LL", " ", "1", "2", "3", "4", "5", " fooBar", "//"}},
      {"tekken", {"we", "'LL", " ", "1", "2", "3", "4", "5", " foo", "Bar", "//"}},
      {"gpt-4o", {"we'LL", " ", "123", "45", " foo", "Bar", "//"}}};
  GgufMetadata metadata = SmallMetadata();
  std::vector<std::string> tokens;
  for (const std::string_view token : std::get<Strings>(metadata["tokenizer.ggml.tokens"])) {
    tokens.emplace_back(token);
  }
  std::vector<std::string> merges;
  for (size_t size = text.size(); size >= 2; --size) {
    for (size_t at = 0; at + size <= text.size(); ++at) {
      const std::string token = BytesToAlphabet(text.substr(at, size));
      if (std::find(tokens.begin(), tokens.end(), token) != tokens.end()) continue;
      tokens.push_back(token);
      merges.push_back(BytesToAlphabet(text.substr(at, size - 1)) + " " +
                       BytesToAlphabet(text.substr(at + size - 1, 1)));
    }
  }
  metadata["tokenizer.ggml.tokens"] = Strings(tokens.begin(), tokens.end());
  metadata["tokenizer.ggml.merges"] = Strings(merges.begin(), merges.end());
  metadata["tokenizer.ggml.token_type"] = Integers(tokens.size(), 1);
  for (const auto& [name, words] : cases) {
    metadata["tokenizer.ggml.pre"] = std::string(name);
    const auto made = ReadGgufTokenizer(metadata, "m.gguf");
    ASSERT_THAT(made, IsOk()) << name;
    const TempFolder folder;
    const auto tokenizer =
        Tokenizer::FromFile(folder.Write("tokenizer.json", WriteTokenizerJson(made->definition)));
    ASSERT_THAT(tokenizer, IsOk()) << name;
    std::vector<int32_t> expected;
    for (const std::string_view word : words) {
      expected.push_back(tokenizer->TokenId(BytesToAlphabet(word)).value_or(-1));
    }
    EXPECT_THAT(tokenizer->Encode(text), IsOkAndHolds(expected)) << name;
  }
}

TEST(GgufTokenizerTest, PlainTextTokensAreSpelledInTheByteAlphabet) {
  GgufMetadata metadata = SmallMetadata();
  std::get<Strings>(metadata["tokenizer.ggml.tokens"])[257] = "a b";
  metadata["tokenizer.ggml.merges"] = Strings{"h e"};
  const auto made = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->definition.vocabulary[257].first, "aĠb");
}

struct Broken {
  const char* key;
  GgufValue value;
  ErrorCode code;
  const char* message;
};

TEST(GgufTokenizerTest, RefusesByName) {
  const std::vector<Broken> cases = {
      {"model", std::string("t5"), ErrorCode::kUnsupported, "'t5'"},
      {"model", int64_t{1}, ErrorCode::kBadFormat, "is not a string"},
      {"pre", std::string("falcon"), ErrorCode::kUnsupported, "tokenizer.ggml.pre 'falcon'"},
      {"tokens", int64_t{1}, ErrorCode::kBadFormat, "array of strings"},
      {"tokens", Strings{"a", "a"}, ErrorCode::kBadFormat, "token_type has 260 entries"},
      {"token_type", Integers{1}, ErrorCode::kBadFormat, "token_type has 1 entries"},
      {"merges", Strings{"he"}, ErrorCode::kBadFormat, "merge 0 ('he')"},
      {"merges", Strings{"h e e"}, ErrorCode::kBadFormat, "two tokens"},
      {"bos_token_id", int64_t{260}, ErrorCode::kBadFormat, "there are 260 tokens"},
      {"eos_token_id", int64_t{-1}, ErrorCode::kBadFormat, "eos_token_id is -1"},
      {"add_bos_token", int64_t{1}, ErrorCode::kBadFormat, "not true or false"}};
  for (const Broken& broken : cases) {
    GgufMetadata metadata = SmallMetadata();
    metadata[std::string("tokenizer.ggml.") + broken.key] = broken.value;
    EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"), FailsWith(broken.code, broken.message));
  }
  for (const char* key : {"model", "tokens", "merges"}) {
    GgufMetadata metadata = SmallMetadata();
    metadata.erase(std::string("tokenizer.ggml.") + key);
    EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"), FailsWith(ErrorCode::kNotFound, key));
  }
  GgufMetadata metadata = SmallMetadata();
  std::get<Strings>(metadata["tokenizer.ggml.tokens"])[1] = "a";
  EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"),
              FailsWith(ErrorCode::kBadFormat, "are the same: 'a'"));
}

}  // namespace
}  // namespace fairprune
