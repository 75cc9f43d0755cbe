#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "tokenizer/gguf_tokenizer.h"

namespace fairprune {
namespace {

using Strings = std::vector<std::string_view>;
using Integers = std::vector<int64_t>;
using Floats = std::vector<double>;
using ::testing::ElementsAre;
using ::testing::Pair;

// <unk>, <s>, </s>, runs of spaces as llama.cpp's converter writes them, the 256 bytes, four
// pieces.
GgufMetadata SmallMetadata() {
  static const std::vector<std::string> kTokens = [] {
    std::vector<std::string> tokens = {"<unk>", "<s>", "</s>", "  ", "   "};
    for (int byte = 0; byte < 256; ++byte) tokens.push_back(fmt::format("<0x{:02X}>", byte));
    for (const char* piece : {"▁a", "▁", "a", "▁▁a"}) tokens.emplace_back(piece);
    return tokens;
  }();
  Integers types(kTokens.size(), 6);
  Floats scores(kTokens.size(), 0);
  const Integers first = {2, 3, 3, 4, 4};
  std::copy(first.begin(), first.end(), types.begin());
  for (size_t i = 0; i < 5; ++i) scores[i] = -1000;
  for (size_t i = 261; i < kTokens.size(); ++i) {
    types[i] = 1;
    scores[i] = 261 - static_cast<double>(i);
  }
  return {{"tokenizer.ggml.model", std::string("llama")},
          {"tokenizer.ggml.pre", std::string("default")},
          {"tokenizer.ggml.tokens", Strings(kTokens.begin(), kTokens.end())},
          {"tokenizer.ggml.token_type", types},
          {"tokenizer.ggml.scores", scores}};
}

TEST(GgufSentencePieceTest, ReadsPiecesScoresAndDefaults) {
  const auto made = ReadGgufTokenizer(SmallMetadata(), "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->definition.vocabulary.size(), 265u);
  EXPECT_EQ(made->special.bos, 1);
  EXPECT_EQ(made->special.eos, 2);
  EXPECT_EQ(made->unknown, 0);
  EXPECT_TRUE(made->adds_bos);
  EXPECT_FALSE(made->adds_eos);
  ASSERT_EQ(made->definition.added_tokens.size(), 5u);
  EXPECT_TRUE(made->definition.added_tokens[0].special);
  EXPECT_FALSE(made->definition.added_tokens[4].special);
  const Json& model = made->definition.document->at("model");
  EXPECT_EQ(model.at("byte_fallback"), true);
  EXPECT_EQ(model.at("unk_token"), "<unk>");
}

TEST(GgufSentencePieceTest, RunsOfSpacesAreSpelledAsPiecesAndMergeFirst) {
  const auto made = ReadGgufTokenizer(SmallMetadata(), "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->definition.vocabulary[4].first, "▁▁▁");
  EXPECT_EQ(made->definition.added_tokens[4].content, "▁▁▁");
  EXPECT_THAT(made->definition.merges,
              ElementsAre(Pair("▁▁", "▁"), Pair("▁", "▁▁"), Pair("▁", "▁"), Pair("▁", "a"),
                          Pair("▁▁", "a"), Pair("▁", "▁a")));
}

TEST(GgufSentencePieceTest, ARunThatWouldCollideKeepsItsSpaces) {
  GgufMetadata metadata = SmallMetadata();
  std::get<Strings>(metadata["tokenizer.ggml.tokens"])[264] = "▁▁";
  const auto made = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->definition.vocabulary[3].first, "  ");
  EXPECT_EQ(made->definition.vocabulary[4].first, "▁▁▁");
}

TEST(GgufSentencePieceTest, TheSpaceInFrontIsPrependedUnlessTheFileSaysNot) {
  GgufMetadata metadata = SmallMetadata();
  const auto with = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(with, IsOk());
  EXPECT_EQ(with->definition.document->at("normalizer").at("normalizers").at(0).at("type"),
            "Prepend");
  EXPECT_EQ(with->definition.document->at("decoder").at("decoders").size(), 4u);
  metadata["tokenizer.ggml.add_space_prefix"] = false;
  const auto without = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(without, IsOk());
  EXPECT_EQ(without->definition.document->at("normalizer").at("type"), "Replace");
  EXPECT_EQ(without->definition.document->at("decoder").at("decoders").size(), 3u);
}

TEST(GgufSentencePieceTest, MergesOfTheFileAreTaken) {
  GgufMetadata metadata = SmallMetadata();
  metadata["tokenizer.ggml.merges"] = Strings{"▁ a"};
  metadata.erase("tokenizer.ggml.scores");
  const auto made = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->definition.merges, ElementsAre(Pair("▁", "a")));
}

TEST(GgufSentencePieceTest, IdsAndFlagsOfTheFileAreTaken) {
  GgufMetadata metadata = SmallMetadata();
  metadata["tokenizer.ggml.bos_token_id"] = int64_t{2};
  metadata["tokenizer.ggml.eos_token_id"] = int64_t{1};
  metadata["tokenizer.ggml.unknown_token_id"] = int64_t{3};
  metadata["tokenizer.ggml.add_bos_token"] = false;
  metadata["tokenizer.ggml.add_eos_token"] = true;
  const auto made = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->special.bos, 2);
  EXPECT_EQ(made->unknown, 3);
  EXPECT_FALSE(made->adds_bos);
  EXPECT_TRUE(made->adds_eos);
  const Json& single = made->definition.document->at("post_processor").at("single");
  EXPECT_EQ(single.at(1).at("SpecialToken").at("id"), "<s>");
}

TEST(GgufSentencePieceTest, Phi3TokensTakeTheWhiteSpaceBehindThem) {
  GgufMetadata metadata = SmallMetadata();
  metadata["general.architecture"] = std::string("phi3");
  const auto made = ReadGgufTokenizer(metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  std::vector<bool> strips;
  for (const AddedToken& token : made->definition.added_tokens) strips.push_back(token.rstrip);
  EXPECT_THAT(strips, ElementsAre(false, false, true, true, true));
}

TEST(GgufSentencePieceTest, RefusesByName) {
  struct Broken {
    const char* key;
    GgufValue value;
    ErrorCode code;
    const char* message;
  };
  const std::vector<Broken> cases = {
      {"scores", Floats{1}, ErrorCode::kBadFormat,
       "scores has 1 entries, tokenizer.ggml.tokens 265"},
      {"scores", std::string("x"), ErrorCode::kBadFormat, "array of floating-point numbers"},
      {"token_type", Integers(265, 7), ErrorCode::kUnsupported, "token 0 ('<unk>') has type 7"},
      {"precompiled_charsmap", Integers{1}, ErrorCode::kUnsupported, "precompiled_charsmap"},
      {"remove_extra_whitespaces", true, ErrorCode::kUnsupported, "remove_extra_whitespaces"},
      {"merges", Strings{"a"}, ErrorCode::kBadFormat, "merge 0 ('a')"}};
  for (const Broken& broken : cases) {
    GgufMetadata metadata = SmallMetadata();
    metadata[std::string("tokenizer.ggml.") + broken.key] = broken.value;
    EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"), FailsWith(broken.code, broken.message));
  }
  GgufMetadata metadata = SmallMetadata();
  metadata.erase("tokenizer.ggml.scores");
  EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"), FailsWith(ErrorCode::kNotFound, "scores"));
  metadata = SmallMetadata();
  std::get<Strings>(metadata["tokenizer.ggml.tokens"])[1] = "a";
  EXPECT_THAT(ReadGgufTokenizer(metadata, "m.gguf"),
              FailsWith(ErrorCode::kBadFormat, "tokens 1 and 263 are the same: 'a'"));
}

}  // namespace
}  // namespace fairprune
