// Ids and texts against the Hugging Face tokenizers library, on real tokenizers.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

class TokenizerReferenceTest : public ::testing::TestWithParam<const char*> {};

TEST_P(TokenizerReferenceTest, GivesTheIdsAndTextsOfTheTokenizersLibrary) {
  const std::string shared = FAIRPRUNE_SHARED;
  const std::string name = GetParam();
  if (!std::filesystem::exists(shared + "/reference/tokenizers/texts.json")) {
    GTEST_SKIP() << shared << " absent: ids of " << name << " are not checked";
  }
  const auto tokenizer = Tokenizer::FromFile(shared + "/tokenizers/" + name + "/tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  const auto texts = ReadJsonFile(shared + "/reference/tokenizers/texts.json");
  const auto expected = ReadJsonFile(shared + "/reference/tokenizers/" + name + ".json");
  ASSERT_THAT(texts, IsOk());
  ASSERT_THAT(expected, IsOk());
  for (size_t i = 0; i < texts->size(); ++i) {
    const auto text = texts->at(i).get<std::string>();
    const auto plain = expected->at("plain").at(i).get<std::vector<int32_t>>();
    const auto special = expected->at("special").at(i).get<std::vector<int32_t>>();
    EXPECT_THAT(tokenizer->Encode(text), IsOkAndHolds(plain)) << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer->Encode(text, {.add_special = true}), IsOkAndHolds(special))
        << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer->Decode(plain),
                IsOkAndHolds(expected->at("decoded").at(i).get<std::string>()))
        << "text " << i << ": " << text;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerReferenceTest,
                         ::testing::Values("gemma3", "llama2", "llama3_1", "qwen3", "smollm2"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace fairprune
