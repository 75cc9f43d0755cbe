#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

Json LlamaJson() {
  return {{"model_type", "llama"},     {"architectures", Json::array({"LlamaForCausalLM"})},
          {"hidden_size", 32},         {"intermediate_size", 48},
          {"num_hidden_layers", 2},    {"num_attention_heads", 4},
          {"num_key_value_heads", 2},  {"vocab_size", 96},
          {"hidden_act", "silu"},      {"rms_norm_eps", 1e-5},
          {"pretraining_tp", 4},       {"max_position_embeddings", 128},
          {"sliding_window", nullptr}, {"unsloth_version", "2025.1"}};
}

Result<ModelConfig> Parse(const Json& json) { return ParseHuggingFaceConfig(json, "config.json"); }

Result<ModelConfig> ParseWith(const std::string& key, const Json& value) {
  Json json = LlamaJson();
  json[key] = value;
  return Parse(json);
}

Result<ModelConfig> ParseWithout(const std::string& key) {
  Json json = LlamaJson();
  json.erase(key);
  return Parse(json);
}

TEST(HuggingFaceConfig, ReadsSizesAndDefaults) {
  const Result<ModelConfig> config = Parse(LlamaJson());
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->architecture, "llama");
  EXPECT_EQ(config->num_layers, 2);
  EXPECT_EQ(config->hidden_size, 32);
  EXPECT_EQ(config->intermediate_size, 48);
  EXPECT_EQ(config->num_heads, 4);
  EXPECT_EQ(config->num_kv_heads, 2);
  EXPECT_EQ(config->head_dim, 8);
  EXPECT_EQ(config->vocab_size, 96);
  EXPECT_EQ(config->rms_norm_eps, 1e-5);
  EXPECT_EQ(config->activation, Activation::kSilu);
  EXPECT_EQ(config->ropes[0].type, RopeType::kDefault);
  EXPECT_EQ(config->ropes[0].theta, 10000.0);
  EXPECT_FALSE(config->tie_word_embeddings || config->attention_bias || config->mlp_bias);
}

TEST(HuggingFaceConfig, AbsentOptionalKeysFollowTransformers) {
  EXPECT_EQ(ParseWithout("num_key_value_heads")->num_kv_heads, 4);
  EXPECT_EQ(ParseWith("num_key_value_heads", nullptr)->num_kv_heads, 4);
  EXPECT_EQ(ParseWithout("rms_norm_eps")->rms_norm_eps, 1e-6);
  EXPECT_EQ(ParseWithout("hidden_act")->activation, Activation::kSilu);
  EXPECT_EQ(ParseWith("head_dim", 12)->head_dim, 12);
  EXPECT_TRUE(ParseWith("tie_word_embeddings", true)->tie_word_embeddings);
  EXPECT_TRUE(ParseWith("attention_bias", true)->attention_bias);
  EXPECT_TRUE(ParseWith("mlp_bias", true)->mlp_bias);
  EXPECT_THAT(ParseWithout("architectures"), IsOk());
}

TEST(HuggingFaceConfig, RotarySettingsInEverySpelling) {
  EXPECT_EQ(ParseWith("rope_theta", 5e5)->ropes[0].theta, 5e5);
  EXPECT_EQ(ParseWith("rope_theta", 100000)->ropes[0].theta, 1e5);
  EXPECT_EQ(ParseWith("rope_scaling", nullptr)->ropes[0].type, RopeType::kDefault);
  for (const char* type_key : {"type", "rope_type"}) {
    const auto config = ParseWith("rope_scaling", {{type_key, "linear"}, {"factor", 2.0}});
    ASSERT_THAT(config, IsOk());
    EXPECT_EQ(config->ropes[0].type, RopeType::kLinear);
    EXPECT_EQ(config->ropes[0].factor, 2.0);
  }
  const auto plain = ParseWith("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 7e4}});
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->ropes[0].theta, 7e4);
  const auto llama3 = ParseWith("rope_parameters", {{"rope_type", "llama3"},
                                                    {"rope_theta", 5e5},
                                                    {"factor", 32.0},
                                                    {"low_freq_factor", 1.0},
                                                    {"high_freq_factor", 4.0},
                                                    {"original_max_position_embeddings", 8192}});
  ASSERT_THAT(llama3, IsOk());
  EXPECT_EQ(llama3->ropes[0].type, RopeType::kLlama3);
  EXPECT_EQ(llama3->ropes[0].factor, 32.0);
  EXPECT_EQ(llama3->ropes[0].high_freq_factor, 4.0);
  EXPECT_EQ(llama3->ropes[0].original_max_position_embeddings, 8192);
}

TEST(HuggingFaceConfig, RotarySettingsThatAreRefused) {
  EXPECT_THAT(ParseWith("rope_scaling", {{"type", "yarn"}, {"factor", 2.0}}),
              FailsWith(ErrorCode::kUnsupported, "rope_type is 'yarn'"));
  EXPECT_THAT(ParseWith("rope_scaling", {{"type", "linear"}}),
              FailsWith(ErrorCode::kNotFound, "factor"));
  EXPECT_THAT(ParseWith("rope_scaling", {{"type", "linear"}, {"factor", 0}}),
              FailsWith(ErrorCode::kBadFormat, "factor 0"));
  EXPECT_THAT(ParseWith("rope_scaling", "linear"),
              FailsWith(ErrorCode::kBadFormat, "expected an object, found string"));
  EXPECT_THAT(ParseWith("rope_parameters", {{"partial_rotary_factor", 0.5}}),
              FailsWith(ErrorCode::kUnsupported, "partial_rotary_factor"));
  EXPECT_THAT(ParseWith("rope_parameters", {{"full_attention", {{"rope_type", "default"}}}}),
              FailsWith(ErrorCode::kUnsupported, "full_attention"));
  EXPECT_THAT(ParseWith("rope_scaling", {{"rope_type", "llama3"},
                                         {"factor", 8.0},
                                         {"low_freq_factor", 4.0},
                                         {"high_freq_factor", 4.0},
                                         {"original_max_position_embeddings", 64}}),
              FailsWith(ErrorCode::kBadFormat, "low < high"));
}

TEST(HuggingFaceConfig, KeysThatChangeTheMathematicsAreRefusedByNameAndValue) {
  EXPECT_THAT(ParseWith("sliding_window", 4096),
              FailsWith(ErrorCode::kUnsupported, "'sliding_window' is 4096"));
  EXPECT_THAT(ParseWith("quantization_config", {{"quant_method", "gptq"}}),
              FailsWith(ErrorCode::kUnsupported, "gptq"));
  EXPECT_THAT(ParseWith("final_logit_softcapping", 30.0),
              FailsWith(ErrorCode::kUnsupported, "final_logit_softcapping"));
  EXPECT_THAT(ParseWith("embedding_multiplier", 12.0),
              FailsWith(ErrorCode::kUnsupported, "'embedding_multiplier' is 12"));
  EXPECT_THAT(ParseWith("partial_rotary_factor", 0.25),
              FailsWith(ErrorCode::kUnsupported, "partial_rotary_factor"));
  EXPECT_THAT(ParseWith("num_local_experts", 8),
              FailsWith(ErrorCode::kUnsupported, "num_local_experts"));
  EXPECT_THAT(ParseWith("hidden_act", "relu"),
              FailsWith(ErrorCode::kUnsupported, "hidden_act is 'relu'"));
  EXPECT_THAT(ParseWith("model_type", "mamba"),
              FailsWith(ErrorCode::kUnsupported, "model_type is 'mamba'; known are: llama"));
  EXPECT_THAT(ParseWith("architectures", Json::array({"LlamaForSequenceClassification"})),
              FailsWith(ErrorCode::kUnsupported, "LlamaForSequenceClassification"));
  EXPECT_THAT(ParseWith("partial_rotary_factor", 1.0), IsOk());
  EXPECT_THAT(ParseWith("use_sliding_window", false), IsOk());
}

TEST(HuggingFaceConfig, ActivationsByName) {
  EXPECT_EQ(ParseWith("hidden_act", "gelu_pytorch_tanh")->activation, Activation::kGeluTanh);
  EXPECT_EQ(ParseWith("hidden_act", "gelu")->activation, Activation::kGelu);
  EXPECT_EQ(ParseWith("hidden_act", "swish")->activation, Activation::kSilu);
}

TEST(HuggingFaceConfig, MissingAndMistypedKeysAreNamed) {
  for (const char* key : {"model_type", "hidden_size", "intermediate_size", "num_hidden_layers",
                          "num_attention_heads", "vocab_size"}) {
    EXPECT_THAT(ParseWithout(key), FailsWith(ErrorCode::kNotFound, key));
    EXPECT_THAT(ParseWith(key, Json::array({1, 2})), FailsWith(ErrorCode::kBadFormat, key));
  }
  EXPECT_THAT(ParseWith("tie_word_embeddings", "yes"),
              FailsWith(ErrorCode::kBadFormat, "tie_word_embeddings"));
  EXPECT_THAT(Parse(Json::array()), FailsWith(ErrorCode::kBadFormat, "expected an object"));
}

TEST(HuggingFaceConfig, SizesThatNoModelHas) {
  EXPECT_THAT(ParseWith("hidden_size", 0), FailsWith(ErrorCode::kBadFormat, "hidden_size is 0"));
  EXPECT_THAT(ParseWith("intermediate_size", int64_t{1} << 40),
              FailsWith(ErrorCode::kBadFormat, "intermediate_size"));
  EXPECT_THAT(ParseWith("num_hidden_layers", 1000000), FailsWith(ErrorCode::kBadFormat, "layers"));
  EXPECT_THAT(ParseWith("vocab_size", -5), FailsWith(ErrorCode::kBadFormat, "vocab_size is -5"));
  EXPECT_THAT(ParseWith("num_attention_heads", 0), FailsWith(ErrorCode::kBadFormat, ""));
  EXPECT_THAT(ParseWith("num_attention_heads", 5), FailsWith(ErrorCode::kBadFormat, "no multiple"));
  EXPECT_THAT(ParseWith("num_key_value_heads", 3), FailsWith(ErrorCode::kBadFormat, "no multiple"));
  EXPECT_THAT(ParseWith("head_dim", 7), FailsWith(ErrorCode::kBadFormat, "odd"));
  EXPECT_THAT(ParseWith("rms_norm_eps", 0.0), FailsWith(ErrorCode::kBadFormat, "rms_norm_eps"));
}

TEST(RotaryFrequencies, DefaultAndLinear) {
  RopeConfig rope{.theta = 10000.0};
  EXPECT_THAT(RotaryFrequencies(rope, 8),
              Pointwise(FloatNear(1e-7f), std::vector<float>{1.0f, 0.1f, 0.01f, 0.001f}));
  rope.type = RopeType::kLinear;
  rope.factor = 4.0;
  EXPECT_THAT(RotaryFrequencies(rope, 8),
              Pointwise(FloatNear(1e-7f), std::vector<float>{0.25f, 0.025f, 0.0025f, 0.00025f}));
  rope.type = RopeType::kDefault;
  rope.freq_factors = {1.0f, 1.0f, 2.0f, 4.0f};
  EXPECT_THAT(RotaryFrequencies(rope, 8),
              Pointwise(FloatNear(1e-7f), std::vector<float>{1.0f, 0.1f, 0.005f, 0.00025f}));
}

TEST(RotaryFrequencies, Llama3KeepsShortWavelengthsAndDividesLongOnes) {
  RopeConfig rope{.type = RopeType::kLlama3,
                  .theta = 500000.0,
                  .factor = 8.0,
                  .low_freq_factor = 1.0,
                  .high_freq_factor = 4.0,
                  .original_max_position_embeddings = 8192};
  const std::vector<float> scaled = RotaryFrequencies(rope, 64);
  rope.type = RopeType::kDefault;
  const std::vector<float> plain = RotaryFrequencies(rope, 64);
  EXPECT_EQ(scaled.front(), plain.front());
  EXPECT_FLOAT_EQ(scaled.back(), plain.back() / 8);
  for (size_t i = 1; i < scaled.size(); ++i) {
    EXPECT_LT(scaled[i], scaled[i - 1]);
    EXPECT_LE(scaled[i], plain[i]);
    EXPECT_GE(scaled[i], plain[i] / 8 * 0.999f);
  }
}

}  // namespace
}  // namespace fairprune
