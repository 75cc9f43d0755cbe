// Ids and texts of real tokenizers out of other files than tokenizer.json, against the Hugging Face
// tokenizers library.
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

const std::string kShared = FAIRPRUNE_SHARED;

void ExpectReference(const Tokenizer& tokenizer, const std::string& name) {
  const auto texts = ReadJsonFile(kShared + "/reference/tokenizers/texts.json");
  const auto expected = ReadJsonFile(kShared + "/reference/tokenizers/" + name + ".json");
  ASSERT_THAT(texts, IsOk());
  ASSERT_THAT(expected, IsOk());
  for (size_t i = 0; i < texts->size(); ++i) {
    const auto text = texts->at(i).get<std::string>();
    const auto plain = expected->at("plain").at(i).get<std::vector<int32_t>>();
    EXPECT_THAT(tokenizer.Encode(text), IsOkAndHolds(plain)) << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer.Encode(text, {.add_special = true}),
                IsOkAndHolds(expected->at("special").at(i).get<std::vector<int32_t>>()))
        << "text " << i << ": " << text;
    EXPECT_THAT(tokenizer.Decode(plain),
                IsOkAndHolds(expected->at("decoded").at(i).get<std::string>()))
        << "text " << i << ": " << text;
  }
}

bool HasShared(const std::string& file) { return std::filesystem::exists(kShared + file); }

struct GgufModel {
  const char* variable;  // of the environment: the file's path
  const char* reference;
};
void PrintTo(const GgufModel& model, std::ostream* out) { *out << model.variable; }

class GgufReferenceTest : public ::testing::TestWithParam<GgufModel> {};

TEST_P(GgufReferenceTest, GivesTheIdsAndTextsOfTheTokenizersLibrary) {
  const char* path = std::getenv(GetParam().variable);
  if (path == nullptr || !HasShared("/reference/tokenizers")) {
    GTEST_SKIP() << GetParam().variable << " (path of a GGUF file) not set, or " << kShared
                 << " absent: ids of " << GetParam().reference << " are not checked";
  }
  const auto checkpoint = Checkpoint::Open(path);
  ASSERT_THAT(checkpoint, IsOk());
  const auto tokenizer = Tokenizer::FromCheckpoint(*checkpoint);
  ASSERT_THAT(tokenizer, IsOk());
  ExpectReference(*tokenizer, GetParam().reference);
}

INSTANTIATE_TEST_SUITE_P(All, GgufReferenceTest,
                         ::testing::Values(GgufModel{"FAIRPRUNE_SMOLLM2", "smollm2"},
                                           GgufModel{"FAIRPRUNE_GEMMA3", "gemma3"}),
                         [](const auto& test) { return test.param.reference; });

// The metadata that a GGUF file of a tokenizer.json would hold.
struct AsGguf {
  std::vector<std::string> texts;
  GgufMetadata metadata;

  explicit AsGguf(const TokenizerDefinition& definition) {
    size_t num_tokens = definition.vocabulary.size();
    for (const AddedToken& token : definition.added_tokens) {
      num_tokens = std::max(num_tokens, static_cast<size_t>(token.id) + 1);
    }
    texts.resize(num_tokens + definition.merges.size());
    std::vector<int64_t> types(num_tokens, 1);
    for (const auto& [text, id] : definition.vocabulary) texts[static_cast<size_t>(id)] = text;
    for (const AddedToken& token : definition.added_tokens) {
      texts[static_cast<size_t>(token.id)] = token.content;
      types[static_cast<size_t>(token.id)] = token.special ? 3 : 4;
    }
    for (size_t i = 0; i < definition.merges.size(); ++i) {
      texts[num_tokens + i] = definition.merges[i].first + " " + definition.merges[i].second;
    }
    const auto split = texts.begin() + static_cast<std::ptrdiff_t>(num_tokens);
    metadata["tokenizer.ggml.tokens"] = std::vector<std::string_view>(texts.begin(), split);
    metadata["tokenizer.ggml.merges"] = std::vector<std::string_view>(split, texts.end());
    metadata["tokenizer.ggml.token_type"] = std::move(types);
  }
};

Result<Tokenizer> LoadWritten(const TokenizerDefinition& definition) {
  const TempFolder folder;
  return Tokenizer::FromFile(folder.Write("tokenizer.json", WriteTokenizerJson(definition)));
}

Result<TokenizerDefinition> ReadShared(const std::string& name) {
  const std::string path = kShared + "/tokenizers/" + name + "/tokenizer.json";
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseTokenizerJson(text, path);
}

TEST(GgufAsReferenceTest, Llama31) {
  if (!HasShared("/tokenizers/llama3_1")) GTEST_SKIP() << kShared << " absent: not checked";
  const auto own = ReadShared("llama3_1");
  ASSERT_THAT(own, IsOk());
  AsGguf file(*own);
  file.metadata["tokenizer.ggml.model"] = std::string("gpt2");
  file.metadata["tokenizer.ggml.pre"] = std::string("llama-bpe");
  file.metadata["tokenizer.ggml.bos_token_id"] = int64_t{128000};
  const auto made = ReadGgufTokenizer(file.metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  const auto tokenizer = LoadWritten(made->definition);
  ASSERT_THAT(tokenizer, IsOk());
  ExpectReference(*tokenizer, "llama3_1");
}

// ../shared's llama2/tokenizer.json is that of Mistral 7B: SentencePiece's scores are the ids'
// order.
TEST(GgufAsReferenceTest, Mistral) {
  if (!HasShared("/tokenizers/llama2")) GTEST_SKIP() << kShared << " absent: not checked";
  const auto own = ReadShared("llama2");
  ASSERT_THAT(own, IsOk());
  AsGguf file(*own);
  const std::string sign = "▁";
  const std::vector<std::string>& texts = file.texts;
  std::vector<double> scores(own->vocabulary.size());
  auto& types = std::get<std::vector<int64_t>>(file.metadata["tokenizer.ggml.token_type"]);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (i >= 3 && i < 259) types[i] = 6;
    const bool is_run = texts[i].find_first_not_of(sign) == std::string::npos && texts[i] != sign;
    scores[i] = i < 259 ? 0 : is_run ? -1e9 : 259 - static_cast<double>(i);
  }
  types[0] = 2;
  file.metadata.erase("tokenizer.ggml.merges");
  file.metadata["tokenizer.ggml.scores"] = scores;
  file.metadata["tokenizer.ggml.model"] = std::string("llama");
  const auto made = ReadGgufTokenizer(file.metadata, "m.gguf");
  ASSERT_THAT(made, IsOk());
  const auto tokenizer = LoadWritten(made->definition);
  ASSERT_THAT(tokenizer, IsOk());
  ExpectReference(*tokenizer, "llama2");
}

class TiktokenReferenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasShared("/tokenizers/llama3/tokenizer.model")) {
      GTEST_SKIP() << kShared << " absent: Llama 3's tokenizer.model is not checked";
    }
    folder_.Write("tokenizer.model", Slurp(kShared + "/tokenizers/llama3/tokenizer.model"));
  }

  TempFolder folder_;
};

// ../shared's llama3_1 has the special tokens of Llama 3.
TEST_F(TiktokenReferenceTest, GivesTheIdsAndTextsOfTheTokenizersLibrary) {
  const auto made = Tokenizer::FromFile(folder_.File("tokenizer.model"));
  const auto own = Tokenizer::FromFile(kShared + "/tokenizers/llama3_1/tokenizer.json");
  ASSERT_THAT(made, IsOk());
  ASSERT_THAT(own, IsOk());
  ExpectReference(*made, "llama3_1");
  ASSERT_EQ(made->vocabulary_size(), own->vocabulary_size());
  for (int32_t id = 0; id < own->vocabulary_size(); ++id) {
    EXPECT_EQ(made->TokenText(id), own->TokenText(id)) << id;
  }
  EXPECT_EQ(made->bos_id(), 128000);
  EXPECT_EQ(made->eos_id(), 128001);
}

TEST_F(TiktokenReferenceTest, SpecialTokensOfTheFolderAreTaken) {
  const auto own = ReadJsonFile(kShared + "/tokenizers/llama3_1/tokenizer_config.json");
  ASSERT_THAT(own, IsOk());
  Json settings = *own;
  settings["added_tokens_decoder"]["128010"]["content"] = "<|python_tag|>";
  folder_.Write("tokenizer_config.json", DumpJson(settings));
  folder_.Write("config.json", R"({"rope_scaling": {"rope_type": "llama3"}})");
  const auto made = Tokenizer::FromFile(folder_.File("tokenizer.model"));
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->TokenId("<|python_tag|>"), 128010);
  EXPECT_EQ(made->vocabulary_size(), 128256);
  EXPECT_EQ(made->eos_id(), 128009);
}

TEST_F(TiktokenReferenceTest, Llama31NeedsTheNamesOfItsSpecialTokens) {
  folder_.Write("config.json", R"({"rope_scaling": {"rope_type": "llama3"}})");
  EXPECT_THAT(Tokenizer::FromFile(folder_.File("tokenizer.model")),
              FailsWith(ErrorCode::kUnsupported, "special tokens of Llama 3.1 and later"));
}

}  // namespace
}  // namespace fairprune
