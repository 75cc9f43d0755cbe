// What config.json files of the several architectures are refused for, one key each: a model whose
// mathematics this program does not know must not be computed as another.
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

// A small model of that type, changed by `changes`.
Result<ModelConfig> Parse(const std::string& model_type, const Json& changes) {
  Json json = {{"model_type", model_type},        {"hidden_size", 256},
               {"intermediate_size", 48},         {"num_hidden_layers", 4},
               {"num_attention_heads", 32},       {"vocab_size", 96},
               {"attention_dropout", 0.0},        {"transformers_version", "5.23.0"},
               {"initializer_range", 0.02},       {"pretraining_tp", 2},
               {"rope_interleaved", false},       {"use_mrope", false},
               {"layer_norm_epsilon", 1e-5},      {"_name_or_path", "act/rope/norm"},
               {"activation_dropout", 0.1},       {"torch_dtype", "bfloat16"},
               {"cache_implementation", "hybrid"}};
  json.update(changes);
  return ParseHuggingFaceConfig(json, "config.json");
}

struct Refusal {
  const char* model_type;
  Json changes;
  const char* message;
  ErrorCode code = ErrorCode::kUnsupported;
};

void ExpectRefused(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(std::string(refusal.model_type) + " with " + DumpJson(refusal.changes, -1));
    EXPECT_THAT(Parse(refusal.model_type, refusal.changes),
                FailsWith(refusal.code, refusal.message));
  }
}

const char* const kModelTypes[] = {"llama", "mistral",     "qwen2", "qwen3",   "gemma",  "gemma2",
                                   "phi3",  "gemma3_text", "olmo2", "granite", "smollm3"};

TEST(ConfigRefusals, HarmlessKeysPassEverywhere) {
  for (const char* type : kModelTypes) EXPECT_THAT(Parse(type, Json::object()), IsOk()) << type;
}

TEST(ConfigRefusals, KeysThatNobodyReadsAndThatSoundLikeMathematics) {
  for (const char* type : kModelTypes)
    for (const char* key : {"attn_softcap",
                            "mlp_multiplier",
                            "emb_scale",
                            "rope_pct",
                            "use_rotary",
                            "window_size",
                            "norm_type",
                            "num_experts_per_tok",
                            "moe_layers",
                            "router_aux",
                            "alibi_max",
                            "clip_kv",
                            "gate_activation",
                            "ffn_act",
                            "yarn_factor",
                            "out_bias",
                            "use_parallel_residual",
                            "is_causal",
                            "attention_pattern",
                            "sliding_chunk",
                            "position_embedding_type"}) {
      SCOPED_TRACE(std::string(type) + " with " + key);
      EXPECT_THAT(Parse(type, {{key, 2}}),
                  FailsWith(ErrorCode::kUnsupported, std::string("'") + key + "' is 2"));
      EXPECT_THAT(Parse(type, {{key, nullptr}}), IsOk());
      EXPECT_THAT(Parse(type, {{key, false}}), IsOk());
    }
}

TEST(ConfigRefusals, KeysOfOtherArchitectures) {
  ExpectRefused({
      {"llama", {{"sliding_window", 64}}, "'sliding_window' is 64"},
      {"llama", {{"layer_types", Json::array({"full_attention"})}}, "'layer_types'"},
      {"llama", {{"residual_multiplier", 0.5}}, "'residual_multiplier' is 0.5"},
      {"mistral", {{"attention_bias", true}}, "'attention_bias' is true"},
      {"mistral", {{"layer_types", Json::array({"full_attention"})}}, "'layer_types'"},
      {"qwen2", {{"mlp_bias", true}}, "'mlp_bias' is true"},
      {"qwen2", {{"query_pre_attn_scalar", 64}}, "'query_pre_attn_scalar' is 64"},
      {"qwen3", {{"logits_scaling", 2.0}}, "'logits_scaling' is 2"},
      {"gemma", {{"final_logit_softcapping", 30.0}}, "'final_logit_softcapping' is 30"},
      {"gemma", {{"sliding_window", 64}}, "'sliding_window' is 64"},
      {"gemma2", {{"rope_local_base_freq", 1e4}}, "'rope_local_base_freq'"},
      {"phi3", {{"no_rope_layers", Json::array({1, 0})}}, "'no_rope_layers'"},
      {"granite", {{"logit_scale", 2.0}}, "'logit_scale' is 2"},
      {"olmo2", {{"clip_qkv", 8.0}}, "'clip_qkv' is 8"},
      {"olmo2", {{"sliding_window", 64}}, "'sliding_window' is 64"},
      {"smollm3", {{"partial_rotary_factor", 0.5}}, "'partial_rotary_factor' is 0.5"},
  });
}

TEST(ConfigRefusals, AttentionInBothDirections) {
  for (const char* type : {"gemma", "gemma2", "gemma3_text"}) {
    EXPECT_THAT(Parse(type, {{"use_bidirectional_attention", true}}),
                FailsWith(ErrorCode::kUnsupported, "'use_bidirectional_attention' is true"));
    EXPECT_THAT(Parse(type, {{"use_bidirectional_attention", false}}), IsOk());
  }
}

TEST(ConfigRefusals, RotarySettings) {
  const Json linear = {{"type", "linear"}, {"factor", 2.0}};
  ExpectRefused({
      {"llama", {{"rope_scaling", {{"type", "dynamic"}, {"factor", 2.0}}}}, "'dynamic'"},
      {"llama", {{"rope_scaling", {{"rope_type", "longrope"}}}}, "'longrope'; known are default"},
      {"llama",
       {{"rope_scaling", {{"type", "linear"}, {"factor", 2.0}, {"mscale", 1.0}}}},
       "'mscale' is 1.0: no such setting"},
      {"llama", {{"rope_scaling", linear}, {"rope_parameters", linear}}, "has both"},
      {"qwen2", {{"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}}}, "'yarn'"},
      {"qwen2", {{"rope_scaling", {{"type", "mrope"}}}}, "'mrope'"},
      {"gemma2", {{"rope_parameters", {{"full_attention", linear}}}}, "per kind of layer"},
      {"gemma3_text", {{"rope_scaling", {{"rope_type", "yarn"}, {"factor", 2.0}}}}, "'yarn'"},
      {"gemma3_text", {{"rope_parameters", {{"rope_theta", 1e6}}}}, "'rope_theta' is"},
      {"gemma3_text",
       {{"rope_parameters", {{"full_attention", {{"rope_type", "llama4"}}}}}},
       "'llama4'"},
      {"gemma3_text", {{"rope_scaling", linear}, {"rope_parameters", linear}}, "has both"},
      {"gemma3_text",
       {{"rope_parameters", {{"full_attention", 3}}}},
       "expected an object",
       ErrorCode::kBadFormat},
      {"phi3", {{"rope_scaling", linear}}, "'linear'; known are default, longrope"},
  });
}

Json LongRope() {
  return {{"type", "longrope"}, {"short_factor", {1, 1, 1, 1}}, {"long_factor", {2, 2, 2, 2}}};
}

TEST(ConfigRefusals, LongRope) {
  EXPECT_THAT(Parse("phi3", {{"rope_scaling", LongRope()}}), IsOk());
  const auto with = [](const char* key, const Json& value) {
    Json settings = LongRope();
    settings[key] = value;
    return Json{{"rope_scaling", settings}};
  };
  ExpectRefused({
      {"phi3", with("short_mscale", 1.1), "'short_mscale' is 1.1: no such setting"},
      {"phi3", with("original_max_position_embeddings", 8192), "8192, but 4096 outside"},
      {"phi3", with("short_factor", {1, 1}), "2 factors; expected 4", ErrorCode::kBadFormat},
      {"phi3", with("long_factor", {1, 0, 1, 1}), "factor 0", ErrorCode::kBadFormat},
      {"phi3", with("long_factor", "1"), "list of numbers", ErrorCode::kBadFormat},
      {"phi3", with("short_factor", nullptr), "short_factor", ErrorCode::kNotFound},
      {"phi3", with("attention_factor", 0), "attention factor 0", ErrorCode::kBadFormat},
      {"phi3", {{"partial_rotary_factor", 1.5}}, "above 0 to 1", ErrorCode::kBadFormat},
      {"phi3",
       {{"partial_rotary_factor", 0.4}},
       "3 elements of a head 8 wide",
       ErrorCode::kBadFormat},
  });
}

// Phi-3's first files called it so; transformers 4 reads them.
TEST(ConfigRefusals, OldNamesOfLongRopeAreNotRefused) {
  for (const char* name : {"su", "yarn"}) {
    Json settings = LongRope();
    settings["type"] = name;
    const Result<ModelConfig> found = Parse("phi3", {{"rope_scaling", settings}});
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->ropes, Parse("phi3", {{"rope_scaling", LongRope()}})->ropes);
  }
}

TEST(ConfigRefusals, WindowsAndKindsOfLayers) {
  const Json slides =
      Json::array({"full_attention", "full_attention", "full_attention", "sliding_attention"});
  const Json chunks =
      Json::array({"full_attention", "full_attention", "full_attention", "chunked_attention"});
  ExpectRefused({
      {"mistral", {{"sliding_window", 0}}, "expected a number of positions", ErrorCode::kBadFormat},
      {"qwen2", {{"layer_types", chunks}}, "'chunked_attention'"},
      {"qwen2", {{"layer_types", slides}}, "no sliding window", ErrorCode::kBadFormat},
      {"qwen2",
       {{"layer_types", Json::array({"full_attention"})}},
       "1 entries for 4 layers",
       ErrorCode::kBadFormat},
      {"qwen3",
       {{"layer_types", slides}, {"use_sliding_window", true}, {"sliding_window", nullptr}},
       "no sliding window",
       ErrorCode::kBadFormat},
      {"gemma2", {{"sliding_window", nullptr}}, "no sliding window", ErrorCode::kBadFormat},
      {"gemma2", {{"sliding_window", 64}, {"sliding_window_size", 32}}, "sliding_window_size 32"},
      {"gemma3_text", {{"sliding_window_pattern", 0}}, "above 0", ErrorCode::kBadFormat},
      {"gemma3_text", {{"_sliding_window_pattern", 3}}, "'_sliding_window_pattern' is 3"},
      {"smollm3", {{"layer_types", slides}}, "no sliding window", ErrorCode::kBadFormat},
      {"smollm3",
       {{"no_rope_layers", Json::array({1, 0})}},
       "2 entries for 4 layers",
       ErrorCode::kBadFormat},
      {"smollm3",
       {{"no_rope_layers", Json::array({1, 0, 2, 1})}},
       "expected 0 or 1",
       ErrorCode::kBadFormat},
      {"smollm3", {{"no_rope_layer_interval", 0}}, "above 0", ErrorCode::kBadFormat},
  });
}

TEST(ConfigRefusals, NumbersThatNoModelHas) {
  ExpectRefused({
      {"granite",
       {{"embedding_multiplier", 0}},
       "multiplier of embeddings is 0",
       ErrorCode::kBadFormat},
      {"granite", {{"residual_multiplier", -1}}, "multiplier of residuals", ErrorCode::kBadFormat},
      {"granite", {{"attention_multiplier", 0}}, "scale of attention", ErrorCode::kBadFormat},
      {"granite", {{"logits_scaling", 0}}, "divisor of logits", ErrorCode::kBadFormat},
      {"gemma2", {{"final_logit_softcapping", -30}}, "soft-cap of logits", ErrorCode::kBadFormat},
      {"gemma2", {{"attn_logit_softcapping", -1}}, "soft-cap of attention", ErrorCode::kBadFormat},
      {"gemma2", {{"query_pre_attn_scalar", 0}}, "scale of attention", ErrorCode::kBadFormat},
      {"gemma3_text", {{"attn_logit_softcapping", 50.0}}, "'attn_logit_softcapping' is 50"},
  });
}

TEST(ConfigRefusals, GemmasActivations) {
  const auto activation = [](const char* type, const Json& keys) {
    const Result<ModelConfig> config = Parse(type, keys);
    EXPECT_THAT(config, IsOk());
    return config ? config->activation : Activation::kSilu;
  };
  // "gelu" in hidden_act is a mistake of the first files; in hidden_activation of Gemma 2 it is
  // not.
  EXPECT_EQ(activation("gemma", {{"hidden_act", "gelu"}}), Activation::kGeluTanh);
  EXPECT_EQ(activation("gemma2", {{"hidden_activation", "gelu"}}), Activation::kGelu);
  EXPECT_EQ(activation("gemma2", {{"hidden_act", "gelu"}}), Activation::kGeluTanh);
  ExpectRefused({
      {"gemma", {{"hidden_act", "silu"}, {"hidden_activation", "gelu"}}, "name two functions"},
      {"gemma2", {{"hidden_act", "silu"}}, "without hidden_activation"},
      {"gemma3_text", {{"hidden_activation", "relu"}}, "hidden_activation is 'relu'"},
      {"qwen3", {{"hidden_act", "relu2"}}, "hidden_act is 'relu2'"},
  });
}

TEST(ConfigRefusals, ClassesAndCodeOfTheirOwn) {
  ExpectRefused({
      {"qwen2", {{"architectures", Json::array({"Qwen2ForRewardModel"})}}, "Qwen2ForRewardModel"},
      {"gemma3_text", {{"architectures", Json::array({"Gemma3TextModel"})}}, "Gemma3TextModel"},
      {"phi3",
       {{"auto_map", {{"AutoModelForCausalLM", "modeling_x.OtherForCausalLM"}}}},
       "code of its own"},
      {"qwen2",
       {{"auto_map", {{"AutoModelForCausalLM", "modeling_qwen2.Qwen2ForCausalLM"}}}},
       "'auto_map'"},
      {"gemma2", {{"quantization_config", {{"quant_method", "gptq"}}}}, "gptq"},
  });
  EXPECT_THAT(
      Parse("phi3", {{"auto_map", {{"AutoModelForCausalLM", "modeling_phi3.Phi3ForCausalLM"}}}}),
      IsOk());
}

TEST(ConfigRefusals, MultimodalModels) {
  const auto parse = [](const Json& changes) {
    Json json = {{"model_type", "gemma3"},
                 {"text_config", {{"hidden_size", 64}, {"model_type", "gemma3_text"}}}};
    json.update(changes);
    return ParseHuggingFaceConfig(json, "config.json");
  };
  ASSERT_THAT(parse(Json::object()), IsOk());
  EXPECT_EQ(parse(Json::object())->hidden_size, 64);
  EXPECT_THAT(parse({{"text_config", nullptr}}), FailsWith(ErrorCode::kNotFound, "text_config"));
  EXPECT_THAT(parse({{"tie_word_embeddings", false}}),
              FailsWith(ErrorCode::kUnsupported, "tie_word_embeddings is false, and true"));
  EXPECT_THAT(parse({{"text_config", {{"model_type", "gemma2"}}}}),
              FailsWith(ErrorCode::kUnsupported, "text_config: model_type is 'gemma2'"));
  EXPECT_THAT(parse({{"text_config", {{"attn_scale", 2}}}}),
              FailsWith(ErrorCode::kUnsupported, "text_config: 'attn_scale' is 2"));
  EXPECT_THAT(parse({{"logit_scale", 2}}),
              FailsWith(ErrorCode::kUnsupported, "config.json: 'logit_scale' is 2"));
  EXPECT_THAT(parse({{"architectures", Json::array({"Gemma3Model"})}}),
              FailsWith(ErrorCode::kUnsupported, "Gemma3Model"));
}

TEST(ConfigRefusals, ArchitecturesByNameWithTheReason) {
  for (const char* type : {"mixtral", "qwen2_moe", "qwen3_moe", "granitemoe", "olmoe", "phimoe",
                           "deepseek_v2", "deepseek_v3", "gpt_oss"})
    EXPECT_THAT(Parse(type, Json::object()),
                FailsWith(ErrorCode::kUnsupported,
                          fmt::format("model_type is '{}': a mixture of experts", type)));
  for (const char* type : {"gpt2", "gpt_neox", "opt", "phi", "falcon", "bloom", "starcoder2"})
    EXPECT_THAT(Parse(type, Json::object()),
                FailsWith(ErrorCode::kUnsupported,
                          fmt::format("model_type is '{}': its MLP has no gate", type)));
  EXPECT_THAT(Parse("mamba", Json::object()),
              FailsWith(ErrorCode::kUnsupported,
                        "'mamba'; known are: llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3, "
                        "phi3, granite, olmo2, smollm3"));
}

}  // namespace
}  // namespace fairprune
