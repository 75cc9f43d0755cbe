// What GGUF metadata of the several architectures means, and what it is refused for. The models
// have no tensors but those that are asked for.
#include <cmath>
#include <cstdlib>
#include <span>

#include "model/config_parsing.h"
#include "model/gguf_for_test.h"
#include "model/model_test_util.h"

namespace fairprune {
namespace {

// Sizes of a model of `layers` layers: D 8, F 6, two heads, one for key and value, V 5.
GgufForTest Metadata(const std::string& name, uint32_t layers = 2) {
  GgufForTest gguf;
  gguf.Text("general.architecture", name).Int(name + ".block_count", layers);
  gguf.Int(name + ".embedding_length", 8).Int(name + ".feed_forward_length", 6);
  gguf.Int(name + ".attention.head_count", 2).Int(name + ".attention.head_count_kv", 1);
  gguf.Float(name + ".attention.layer_norm_rms_epsilon", 1e-6f);
  return gguf.Float(name + ".rope.freq_base", 1e6f).Int(name + ".vocab_size", 5);
}

Result<ModelConfig> Parse(const GgufForTest& gguf) {
  const std::string bytes = gguf.Bytes();
  FP_ASSIGN_OR_RETURN(std::unique_ptr<GgufFile> file,
                      GgufFile::Parse(std::as_bytes(std::span(bytes)), "m.gguf"));
  return ParseGgufConfig(*file, "m.gguf");
}

GgufForTest Gemma3(uint32_t layers = 7) {
  return Metadata("gemma3", layers).Int("gemma3.attention.sliding_window", 4);
}

TEST(GgufArchitectures, Gemma2TakesFromLlamaCppWhatTheFileDoesNotSay) {
  const Result<ModelConfig> config = Parse(Metadata("gemma2", 3));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->attention_softcap, 50);
  EXPECT_EQ(config->logit_softcap, 30);
  EXPECT_EQ(config->attention[0].window, 4096);
  EXPECT_EQ(config->attention[1].window, 0);
  EXPECT_EQ(config->attention[2].window, 4096);
  EXPECT_EQ(config->attention_scale, 0.5);  // heads 4 wide
  EXPECT_DOUBLE_EQ(config->embedding_multiplier, std::sqrt(8.0));
  EXPECT_EQ(config->activation, Activation::kGeluTanh);
}

// In the largest models of Gemma 2 and 3, known by their layers, the scale is not the head's.
TEST(GgufArchitectures, TheLargestGemmasScaleScoresByTheWidthOverTheHeads) {
  GgufForTest gemma2 = Metadata("gemma2", 46), gemma3 = Gemma3(62);
  gemma2.Int("gemma2.attention.key_length", 16).Int("gemma2.attention.value_length", 16);
  gemma3.Int("gemma3.attention.key_length", 16).Int("gemma3.attention.value_length", 16);
  EXPECT_EQ(Parse(gemma2)->attention_scale, 0.5);
  EXPECT_EQ(Parse(gemma3)->attention_scale, 0.5);
  EXPECT_EQ(Parse(Metadata("gemma2", 42))->attention_scale, 0.5);
  GgufForTest smaller = Metadata("gemma2", 42);
  smaller.Int("gemma2.attention.key_length", 16).Int("gemma2.attention.value_length", 16);
  EXPECT_EQ(Parse(smaller)->attention_scale, 0.25);
}

TEST(GgufArchitectures, Gemma3HasFiveWindowsToOneAndTwoBases) {
  const Result<ModelConfig> config = Parse(
      Gemma3().Text("gemma3.rope.scaling.type", "linear").Float("gemma3.rope.scaling.factor", 8));
  ASSERT_THAT(config, IsOk());
  ASSERT_EQ(config->ropes.size(), 2u);
  EXPECT_EQ(config->ropes[0].theta, 1e6);
  EXPECT_EQ(config->ropes[0].factor, 8);
  EXPECT_EQ(config->ropes[1], (RopeConfig{.theta = 1e4}));
  for (size_t layer = 0; layer < 7; ++layer)
    EXPECT_EQ(config->attention[layer],
              layer == 5 ? LayerAttention{} : (LayerAttention{.rope = 1, .window = 4}));
  EXPECT_EQ(config->qk_norm, QkNorm::kPerHead);
}

TEST(GgufArchitectures, Gemma3MustNameItsBaseAndWindow) {
  EXPECT_THAT(Parse(Metadata("gemma3")),
              FailsWith(ErrorCode::kNotFound, "gemma3.attention.sliding_window"));
  EXPECT_THAT(Parse(Metadata("gemma3").Int("gemma3.attention.sliding_window", 0)),
              FailsWith(ErrorCode::kBadFormat, "sliding_window is 0"));
  EXPECT_THAT(Parse(Gemma3().Float("gemma3.attn_logit_softcapping", 50)),
              FailsWith(ErrorCode::kUnsupported, "'gemma3.attn_logit_softcapping' is 50"));
}

TEST(GgufArchitectures, SmolLm3LeavesEveryFourthLayerUnrotated) {
  const Result<ModelConfig> config = Parse(Metadata("smollm3", 9));
  ASSERT_THAT(config, IsOk());
  for (size_t layer = 0; layer < 9; ++layer)
    EXPECT_EQ(config->attention[layer].rope == LayerAttention::kNoRope, layer == 3 || layer == 7);
}

TEST(GgufArchitectures, GranitesScales) {
  GgufForTest gguf = Metadata("granite").Float("granite.logit_scale", 8);
  const Result<ModelConfig> plain = Parse(gguf);
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->logit_divisor, 8);
  EXPECT_EQ(plain->attention_scale, 0.5);
  EXPECT_EQ(plain->residual_multiplier, 1);
  gguf.Float("granite.attention.scale", 0.25f).Float("granite.residual_scale", 0.5f);
  gguf.Float("granite.embedding_scale", 12);
  const Result<ModelConfig> scaled = Parse(gguf);
  ASSERT_THAT(scaled, IsOk());
  EXPECT_EQ(scaled->attention_scale, 0.25);
  EXPECT_EQ(scaled->residual_multiplier, 0.5);
  EXPECT_EQ(scaled->embedding_multiplier, 12);
  EXPECT_THAT(Parse(Metadata("granite")), FailsWith(ErrorCode::kNotFound, "granite.logit_scale"));
}

GgufForTest LongRope() {
  GgufForTest gguf = Metadata("phi3");
  gguf.Int("phi3.attention.sliding_window", 64).Int("phi3.rope.dimension_count", 2);
  return gguf.Int("phi3.rope.scaling.original_context_length", 16);
}

TEST(GgufArchitectures, Phi3sLongRope) {
  GgufForTest gguf = LongRope().Float("phi3.rope.scaling.attn_factor", 1.25f);
  gguf.F32("rope_factors_short.weight", {1}, {1.5f}).F32("rope_factors_long.weight", {1}, {9.0f});
  const Result<ModelConfig> config = Parse(gguf);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->rotary_dim, 2);
  EXPECT_EQ(config->ropes[0].type, RopeType::kLongRope);
  EXPECT_EQ(config->ropes[0].short_factors, std::vector<float>{1.5f});
  EXPECT_EQ(config->ropes[0].long_factors, std::vector<float>{9.0f});
  EXPECT_EQ(config->ropes[0].attention_factor, 1.25);
  EXPECT_EQ(LongSequenceLimit(*config), 16);
  EXPECT_EQ(config->attention[1].window, 64);
  // The scaling's name may stand beside the tensors.
  EXPECT_THAT(Parse(gguf.Text("phi3.rope.scaling.type", "longrope")), IsOk());
}

TEST(GgufArchitectures, Phi3MustSayWhatItsMathematicsNeeds) {
  EXPECT_THAT(Parse(Metadata("phi3")),
              FailsWith(ErrorCode::kNotFound, "phi3.attention.sliding_window"));
  EXPECT_THAT(Parse(LongRope().F32("rope_factors_long.weight", {1}, {9.0f})),
              FailsWith(ErrorCode::kNotFound, "rope_factors_short.weight: missing"));
  GgufForTest no_factor = LongRope().F32("rope_factors_long.weight", {1}, {9.0f});
  EXPECT_THAT(Parse(no_factor.F32("rope_factors_short.weight", {1}, {1.0f})),
              FailsWith(ErrorCode::kNotFound, "phi3.rope.scaling.attn_factor"));
  EXPECT_THAT(Parse(LongRope().F32("rope_factors_long.weight", {2}, {9.0f, 9.0f})),
              FailsWith(ErrorCode::kMismatch, "expected shape [1], found [2]"));
  // A scaling whose factors are not there would be left out of the computation.
  EXPECT_THAT(Parse(LongRope().Text("phi3.rope.scaling.type", "longrope")),
              FailsWith(ErrorCode::kNotFound, "rope_factors_short.weight"));
}

TEST(GgufArchitectures, KeysThatNobodyReads) {
  EXPECT_THAT(Parse(Metadata("olmo2").Int("olmo2.attention.sliding_window", 64)),
              FailsWith(ErrorCode::kUnsupported, "'olmo2.attention.sliding_window' is 64"));
  EXPECT_THAT(Parse(Metadata("qwen2").Int("qwen2.attention.sliding_window", 64)),
              FailsWith(ErrorCode::kUnsupported, "sliding_window' is 64"));
  EXPECT_THAT(Parse(Metadata("qwen2").Text("qwen2.rope.scaling.type", "yarn")),
              FailsWith(ErrorCode::kUnsupported, "'yarn'"));
  EXPECT_THAT(Parse(Metadata("phi3").Text("phi3.rope.scaling.type", "linear")),
              FailsWith(ErrorCode::kUnsupported, "'linear'; known are none, longrope"));
  EXPECT_THAT(Parse(Metadata("qwen3").Int("qwen3.expert_count", 8)),
              FailsWith(ErrorCode::kUnsupported, "'qwen3.expert_count' is 8"));
  EXPECT_THAT(Parse(Metadata("gemma2").Float("gemma2.attention.scale", 0.1f)),
              FailsWith(ErrorCode::kUnsupported, "'gemma2.attention.scale'"));
  EXPECT_THAT(Parse(Metadata("gemma").Float("gemma.mlp_multiplier", 2)),
              FailsWith(ErrorCode::kUnsupported, "'gemma.mlp_multiplier' is not known here"));
  EXPECT_THAT(Parse(Metadata("qwen3").Int("qwen3.rope.scaling.original_context_length", 64)),
              IsOk());
}

TEST(GgufArchitectures, AreRefusedByNameWithTheReason) {
  EXPECT_THAT(Parse(Metadata("qwen3moe")),
              FailsWith(ErrorCode::kUnsupported, "'qwen3moe': a mixture of experts"));
  EXPECT_THAT(Parse(Metadata("phi2")),
              FailsWith(ErrorCode::kUnsupported, "'phi2': its MLP has no"));
  EXPECT_THAT(Parse(Metadata("")), FailsWith(ErrorCode::kUnsupported, "''; known are"));
}

TEST(GgufArchitectures, Gemma3Of270MillionAsPublished) {
  const char* path = std::getenv("FAIRPRUNE_GEMMA3");
  if (path == nullptr)
    GTEST_SKIP() << "FAIRPRUNE_GEMMA3 (path of gemma-3-270m.Q4_K_M.gguf) not set: not described";
  const Checkpoint checkpoint = OpenOrDie(path);
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  const ModelConfig& config = model->config;
  EXPECT_EQ(model->num_parameters, 268098176);
  EXPECT_EQ(config.num_layers, 18);
  EXPECT_EQ(config.hidden_size, 640);
  EXPECT_EQ(config.num_heads, 4);
  EXPECT_EQ(config.num_kv_heads, 1);
  EXPECT_EQ(config.head_dim, 256);
  EXPECT_EQ(config.vocab_size, 262144);
  EXPECT_EQ(config.attention_scale, 1.0 / 16);
  EXPECT_EQ(config.ropes[0], (RopeConfig{.theta = 1e6}));
  EXPECT_EQ(config.ropes[1], (RopeConfig{.theta = 1e4}));
  EXPECT_EQ(config.attention[4], (LayerAttention{.rope = 1, .window = 512}));
  EXPECT_EQ(config.attention[5], LayerAttention{});
  EXPECT_TRUE(config.tie_word_embeddings);
}

}  // namespace
}  // namespace fairprune
