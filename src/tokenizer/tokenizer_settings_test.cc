#include "tokenizer/tokenizer_settings.h"

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

TEST(TokenizerSettingsTest, ReadsWhatTheFileSays) {
  const TempFolder folder;
  const std::string text = R"({"tokenizer_class": "LlamaTokenizerFast", "add_bos_token": false,
    "add_eos_token": true, "legacy": null, "add_prefix_space": false,
    "added_tokens_decoder": {"11": {"content": "<z>", "special": false, "lstrip": true},
                             "2": {"content": "</s>", "special": true}}})";
  folder.Write("tokenizer_config.json", text);
  const auto settings = ReadTokenizerSettings(folder.path());
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->text, text);
  EXPECT_EQ(settings->tokenizer_class, "LlamaTokenizer");
  EXPECT_EQ(settings->add_bos_token, false);
  EXPECT_EQ(settings->add_eos_token, true);
  EXPECT_EQ(settings->legacy, std::nullopt);
  EXPECT_EQ(settings->add_prefix_space, false);
  ASSERT_EQ(settings->added_tokens.size(), 2u);
  EXPECT_EQ(settings->added_tokens[0].id, 2);
  EXPECT_TRUE(settings->added_tokens[0].special);
  EXPECT_FALSE(settings->added_tokens[0].normalized);
  EXPECT_EQ(settings->added_tokens[1].content, "<z>");
  EXPECT_TRUE(settings->added_tokens[1].lstrip);
  EXPECT_TRUE(settings->added_tokens[1].normalized);
}

TEST(TokenizerSettingsTest, AFolderWithoutTheFileSaysNothing) {
  const TempFolder folder;
  const auto settings = ReadTokenizerSettings(folder.path());
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(settings->text.empty());
  EXPECT_TRUE(settings->tokenizer_class.empty());
  EXPECT_EQ(settings->add_bos_token, std::nullopt);
}

TEST(TokenizerSettingsTest, BrokenFilesAreRefused) {
  struct Broken {
    const char* text;
    ErrorCode code;
    const char* message;
  };
  const Broken cases[] = {
      {"{", ErrorCode::kBadFormat, "tokenizer_config.json"},
      {"[]", ErrorCode::kBadFormat, "not a JSON object"},
      {R"({"tokenizer_class": 1})", ErrorCode::kBadFormat, "tokenizer_class"},
      {R"({"legacy": 1})", ErrorCode::kBadFormat, "legacy"},
      {R"({"added_tokens_decoder": []})", ErrorCode::kBadFormat, "is not an object"},
      {R"({"added_tokens_decoder": {"1": 2}})", ErrorCode::kBadFormat, "'1': not an object"},
      {R"({"added_tokens_decoder": {"x": {"content": "a"}}})", ErrorCode::kBadFormat, "not an id"},
      {R"({"added_tokens_decoder": {"-1": {"content": "a"}}})", ErrorCode::kBadFormat, "not an id"},
      {R"({"added_tokens_decoder": {"1": {}}})", ErrorCode::kNotFound, "content"}};
  for (const Broken& broken : cases) {
    const TempFolder folder;
    folder.Write("tokenizer_config.json", broken.text);
    EXPECT_THAT(ReadTokenizerSettings(folder.path()), FailsWith(broken.code, broken.message));
  }
  const TempFolder folder;
  folder.Write("added_tokens.json", R"({"<pad>": 32000})");
  EXPECT_THAT(ReadTokenizerSettings(folder.path()),
              FailsWith(ErrorCode::kUnsupported, "added_tokens.json"));
  folder.Write("added_tokens.json", "{}");
  EXPECT_THAT(ReadTokenizerSettings(folder.path()), IsOk());
}

TokenizerSettings Adds(int32_t id, const std::string& content) {
  TokenizerSettings settings;
  AddedToken token;
  token.id = id;
  token.content = content;
  token.rstrip = true;
  settings.added_tokens.push_back(token);
  return settings;
}

TEST(TokenizerSettingsTest, AddedTokensMustFitTheVocabulary) {
  const auto make = [] {
    TokenizerDefinition definition;
    definition.source = "t.model";
    definition.vocabulary = {{"a", 0}, {"b", 1}};
    AddedToken token;
    token.id = 1;
    token.content = "b";
    definition.added_tokens.push_back(token);
    return definition;
  };
  TokenizerDefinition definition = make();
  ASSERT_THAT(AddTokensOfSettings(Adds(1, "b"), definition), IsOk());
  ASSERT_EQ(definition.added_tokens.size(), 1u);
  EXPECT_TRUE(definition.added_tokens[0].rstrip);
  ASSERT_THAT(AddTokensOfSettings(Adds(0, "a"), definition), IsOk());
  EXPECT_EQ(definition.added_tokens[0].content, "a");
  definition = make();
  ASSERT_THAT(AddTokensOfSettings(Adds(2, "c"), definition), IsOk());
  EXPECT_EQ(definition.added_tokens[1].content, "c");
  EXPECT_THAT(AddTokensOfSettings(Adds(1, "x"), definition),
              FailsWith(ErrorCode::kBadFormat, "t.model: id 1 is 'b' here, and 'x' in"));
  EXPECT_THAT(AddTokensOfSettings(Adds(4, "x"), definition),
              FailsWith(ErrorCode::kBadFormat, "from id 1 to 4 ('x'); expected no gap"));
}

}  // namespace
}  // namespace fairprune
