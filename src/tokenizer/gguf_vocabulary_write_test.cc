#include "tokenizer/gguf_vocabulary_write.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "tokenizer/definition.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/scores_from_merges.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Added(int id, const std::string& content, bool special) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

// The 256 bytes' letters, "th", " t" and " th"; <s> and </s> behind them.
Json ByteLevelJson() {
  Json vocabulary = Json::object();
  for (int byte = 0; byte < 256; ++byte) {
    const int code = byte < 33 ? 256 + byte : byte > 126 && byte < 161 ? 162 + byte : byte;
    const int point = byte == 173 ? 323 : code;
    std::string text;
    if (point < 128) {
      text += static_cast<char>(point);
    } else {
      text += static_cast<char>(0xC0 | (point >> 6));
      text += static_cast<char>(0x80 | (point & 63));
    }
    vocabulary[text] = byte;
  }
  vocabulary["th"] = 256;
  vocabulary["Ġt"] = 257;
  vocabulary["Ġth"] = 258;
  return {
      {"version", "1.0"},
      {"added_tokens", {Added(259, "<s>", true), Added(260, "<tool>", false)}},
      {"normalizer", nullptr},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model",
       {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", {"t h", "Ġ th", "Ġ t"}}}}};
}

// <unk>, <s>, a run of spaces, the 256 bytes, pieces.
Json SentencePieceJson() {
  Json vocabulary = {{"<unk>", 0}, {"<s>", 1}, {"▁▁", 2}};
  for (int byte = 0; byte < 256; ++byte) vocabulary[fmt::format("<0x{:02X}>", byte)] = 3 + byte;
  int id = 259;
  for (const char* piece : {"▁", "a", "b", "ab", "▁a", "▁ab"}) vocabulary[piece] = id++;
  const Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
  return {
      {"version", "1.0"},
      {"added_tokens", {Added(0, "<unk>", true), Added(1, "<s>", true), Added(2, "▁▁", false)}},
      {"normalizer",
       {{"type", "Sequence"}, {"normalizers", {{{"type", "Prepend"}, {"prepend", "▁"}}, replace}}}},
      {"pre_tokenizer", nullptr},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single",
         {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
          {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
        {"pair", Json::array()},
        {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {1}}, {"tokens", {"<s>"}}}}}}}},
      {"decoder",
       {{"type", "Sequence"},
        {"decoders",
         {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
          {{"type", "ByteFallback"}},
          {{"type", "Fuse"}},
          {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}}},
      {"model",
       {{"type", "BPE"},
        {"unk_token", "<unk>"},
        {"fuse_unk", true},
        {"byte_fallback", true},
        {"vocab", std::move(vocabulary)},
        {"merges", {"▁ ▁", "a b", "▁a b", "▁ ab", "▁ a"}}}}};
}

class GgufVocabularyWrite : public ::testing::Test {
 protected:
  Result<Tokenizer> Load(const Json& document) {
    std::ofstream(folder_.File("tokenizer.json")) << DumpJson(document);
    std::ofstream(folder_.File("tokenizer_config.json"))
        << R"({"bos_token": "<s>", "chat_template": "{{ bos_token }}", "pad_token": "<s>"})";
    return Tokenizer::FromFile(folder_.File("tokenizer.json"));
  }
  Result<GgufTokenizer> Write(const Json& document, int64_t num_tokens) {
    FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Load(document));
    return ToGgufTokenizer(tokenizer, num_tokens);
  }
  // What our own reader makes of the keys.
  Result<Tokenizer> ReadBack(const GgufTokenizer& gguf) {
    FP_ASSIGN_OR_RETURN(bytes_, NewGgufBytes("m.gguf", gguf.keys, {}));
    FP_ASSIGN_OR_RETURN(file_, GgufFile::Parse(std::as_bytes(std::span(bytes_)), "m.gguf"));
    FP_ASSIGN_OR_RETURN(parts_, ReadGgufTokenizer(file_->metadata(), "m.gguf"));
    FP_ASSIGN_OR_RETURN(TokenizerParts again, ReadGgufTokenizer(file_->metadata(), "m.gguf"));
    return Tokenizer::FromDefinition(std::move(again.definition));
  }
  void ExpectSameIds(const Json& document, int64_t num_tokens) {
    const auto tokenizer = Load(document);
    ASSERT_THAT(tokenizer, IsOk());
    const auto gguf = ToGgufTokenizer(*tokenizer, num_tokens);
    ASSERT_THAT(gguf, IsOk());
    EXPECT_THAT(gguf->remarks, IsEmpty());
    const auto again = ReadBack(*gguf);
    ASSERT_THAT(again, IsOk());
    for (const char* text : {"", "the that", " ab  ab<s>a   b", "<tool> th\n é", "▁▁a"})
      for (const bool special : {false, true})
        EXPECT_EQ(*tokenizer->Encode(text, {.add_special = special}),
                  *again->Encode(text, {.add_special = special}))
            << text;
    EXPECT_EQ(parts_.definition.merges, tokenizer->definition().merges);
    EXPECT_EQ(parts_.special.bos, tokenizer->bos_id());
    EXPECT_EQ(parts_.padding, tokenizer->bos_id());
    EXPECT_EQ(parts_.chat_template, "{{ bos_token }}");
  }

  TempFolder folder_;
  std::string bytes_;
  std::unique_ptr<GgufFile> file_;
  TokenizerParts parts_;
};

TEST_F(GgufVocabularyWrite, ByteLevelIsReadBack) { ExpectSameIds(ByteLevelJson(), 270); }
TEST_F(GgufVocabularyWrite, SentencePieceIsReadBack) { ExpectSameIds(SentencePieceJson(), 265); }

TEST_F(GgufVocabularyWrite, IdsWithoutATokenAreFilled) {
  const auto gguf = Write(ByteLevelJson(), 263);
  ASSERT_THAT(gguf, IsOk());
  ASSERT_THAT(ReadBack(*gguf), IsOk());
  EXPECT_EQ(parts_.definition.vocabulary.at(261).first, "[PAD261]");
  EXPECT_THAT(Write(ByteLevelJson(), 260), FailsWith(ErrorCode::kMismatch, "has ids up to 260"));
}

TEST_F(GgufVocabularyWrite, RefusesWhatGgufCannotSay) {
  Json json = ByteLevelJson();
  json["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_THAT(Write(json, 270), FailsWith(ErrorCode::kUnsupported, "add_prefix_space"));
  json = ByteLevelJson();
  json["normalizer"] = {{"type", "Lowercase"}};
  EXPECT_THAT(Write(json, 270), FailsWith(ErrorCode::kUnsupported, "Lowercase"));
  json = ByteLevelJson();
  json["model"]["ignore_merges"] = true;
  EXPECT_THAT(Write(json, 270), FailsWith(ErrorCode::kUnsupported, "ignore_merges true"));
  json = SentencePieceJson();
  json["post_processor"]["single"].push_back({{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}});
  EXPECT_THAT(Write(json, 265), FailsWith(ErrorCode::kUnsupported, "post_processor"));
  json = SentencePieceJson();
  json["model"]["merges"] = {"▁ ▁", "▁a b", "a b", "▁ ab", "▁ a"};
  EXPECT_THAT(Write(json, 265), FailsWith(ErrorCode::kUnsupported, "merges whose order"));
}

TEST_F(GgufVocabularyWrite, RemarksOnWhatIsLost) {
  Json json = ByteLevelJson();
  json["normalizer"] = {{"type", "NFC"}};
  json["added_tokens"][1]["rstrip"] = true;
  const auto gguf = Write(json, 270);
  ASSERT_THAT(gguf, IsOk());
  EXPECT_THAT(gguf->remarks, ElementsAre(HasSubstr("NFC"), HasSubstr("(<tool>)")));
}

TEST(ScoresFromMergesTest, GivesScoresInTheOrderOfTheMerges) {
  const std::vector<std::string_view> tokens = {"a", "b", "ab", "aab", "aa"};
  // "aab" has two merges between which "aa" does not come.
  const auto scores =
      ScoresFromMerges(tokens, {{"a", "b"}, {"aa", "b"}, {"a", "ab"}, {"a", "a"}}, "t");
  ASSERT_THAT(scores, IsOk());
  ASSERT_TRUE(scores->has_value());
  EXPECT_THAT(**scores, ElementsAre(-3, -3, 0, -1, -2));
}

TEST(ScoresFromMergesTest, TokensWhoseMergesAreMixedShareAScore) {
  const std::vector<std::string_view> tokens = {"a", "aa", "aaa", "aaaa"};
  // By the length of the left part, as merges of one score come.
  const MergeList merges = {{"aaa", "a"}, {"aa", "aa"}, {"aa", "a"},
                            {"a", "aaa"}, {"a", "aa"},  {"a", "a"}};
  const auto scores = ScoresFromMerges(tokens, merges, "t");
  ASSERT_THAT(scores, IsOk());
  ASSERT_TRUE(scores->has_value());
  EXPECT_EQ((**scores)[2], (**scores)[3]);
}

TEST(ScoresFromMergesTest, AddedTokensAndWhatLiesBeforeTheirMergesHaveNone) {
  const std::vector<std::string_view> tokens = {"a", "b", "c", "ab", "cc", "ac"};
  const auto scores = ScoresFromMerges(tokens, {{"a", "b"}, {"c", "c"}, {"a", "c"}}, "t",
                                       {false, false, false, false, true, false});
  ASSERT_THAT(scores, IsOk());
  ASSERT_TRUE(scores->has_value());
  EXPECT_THAT(**scores, ElementsAre(-2, -2, -2, 0, 0, -1));
}

TEST(ScoresFromMergesTest, NoScoresGiveAListThatLacksAMerge) {
  const std::vector<std::string_view> tokens = {"a", "b", "ab", "ba", "aba"};
  const auto scores = ScoresFromMerges(tokens, {{"a", "b"}, {"b", "a"}, {"ab", "a"}}, "t");
  ASSERT_THAT(scores, IsOk());
  EXPECT_FALSE(scores->has_value());
}

}  // namespace
}  // namespace fairprune
