#include "model/gguf_output.h"

#include "base/result_matchers.h"

namespace fairprune {
namespace {

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

Result<ModelConfig> ConfigOf(const std::string& name) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(kModels + name));
  FP_ASSIGN_OR_RETURN(Model model, DescribeModel(checkpoint));
  return std::move(model.config);
}

const GgufNewValue* Find(const GgufDescription& gguf, const std::string& key) {
  for (const auto& [name, value] : gguf.keys)
    if (name == key) return &value;
  return nullptr;
}

class GgufOutput : public ::testing::TestWithParam<const char*> {};

// DescribeAsGguf reads its own keys again, so that success says that they mean the same model.
TEST_P(GgufOutput, SaysWhatTheModelIs) {
  const auto config = ConfigOf(GetParam());
  ASSERT_THAT(config, IsOk());
  EXPECT_THAT(DescribeAsGguf(*config, "m"), IsOk());
}

INSTANTIATE_TEST_SUITE_P(Models, GgufOutput,
                         ::testing::Values("llama", "llama_untied", "llama_plain", "qwen2", "qwen3",
                                           "gemma", "gemma2", "gemma3", "phi3", "phi3_longrope",
                                           "granite", "olmo2", "smollm3", "sharded"),
                         [](const auto& test) { return std::string(test.param); });

struct Refusal {
  const char* model;
  const char* message;
};
class GgufOutputRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(GgufOutputRefuses, AnotherModelThanTheFileWouldSay) {
  const auto config = ConfigOf(GetParam().model);
  ASSERT_THAT(config, IsOk());
  EXPECT_THAT(DescribeAsGguf(*config, "m"), FailsWith(ErrorCode::kUnsupported, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Models, GgufOutputRefuses,
    ::testing::Values(Refusal{"mistral", "the window of layer 0: 5, in a GGUF file 0"},
                      Refusal{"qwen2_window", "the window of layer 1: 4"},
                      Refusal{"gemma3_multimodal", "the scale of attention scores"}),
    [](const auto& test) { return std::string(test.param.model); });

TEST(GgufOutputTest, AWindowOverTheWholeContextIsNone) {
  auto config = ConfigOf("mistral");
  ASSERT_THAT(config, IsOk());
  config->max_position_embeddings = 5;
  const auto gguf = DescribeAsGguf(*config, "m");
  ASSERT_THAT(gguf, IsOk());
  EXPECT_EQ(gguf->architecture, "llama");
  EXPECT_TRUE(gguf->permutes_rotary);
  EXPECT_EQ(Find(*gguf, "llama.attention.sliding_window"), nullptr);
  EXPECT_EQ(GgufName(*config, Role::kGate, 3), "blk.3.ffn_gate.weight");
}

TEST(GgufOutputTest, RefusesBiasesThatLlamaCppDoesNotRead) {
  auto config = ConfigOf("gemma");
  ASSERT_THAT(config, IsOk());
  config->attention_bias = true;
  EXPECT_THAT(DescribeAsGguf(*config, "m"),
              FailsWith(ErrorCode::kUnsupported, "biases of the attention projections"));
}

TEST(GgufOutputTest, RefusesAnActivationThatTheNameDoesNotImply) {
  auto config = ConfigOf("llama");
  ASSERT_THAT(config, IsOk());
  config->activation = Activation::kGelu;
  EXPECT_THAT(DescribeAsGguf(*config, "m"),
              FailsWith(ErrorCode::kUnsupported, "the activation function"));
}

// Every sixth layer of gemma3 is without a window unless the file says otherwise.
TEST(GgufOutputTest, NamesAnotherPattern) {
  auto config = ConfigOf("gemma3");
  ASSERT_THAT(config, IsOk());
  const auto usual = DescribeAsGguf(*config, "m");
  ASSERT_THAT(usual, IsOk());
  EXPECT_EQ(Find(*usual, "gemma3.attention.sliding_window_pattern"), nullptr);
  for (size_t layer = 0; layer < config->attention.size(); ++layer) {
    const bool full = layer % 3 == 2;
    config->attention[layer] = {.rope = full ? 0 : 1, .window = full ? 0 : 5};
  }
  const auto other = DescribeAsGguf(*config, "m");
  ASSERT_THAT(other, IsOk());
  const GgufNewValue* pattern = Find(*other, "gemma3.attention.sliding_window_pattern");
  ASSERT_NE(pattern, nullptr);
  EXPECT_EQ(std::get<uint32_t>(*pattern), 3U);
  config->attention[0] = {};
  EXPECT_THAT(DescribeAsGguf(*config, "m"), FailsWith(ErrorCode::kUnsupported, "layer"));
}

}  // namespace
}  // namespace fairprune
