// Configs of small models, one feature of ModelConfig after the other and as the architectures
// combine them: for tests.
#pragma once

#include <cmath>
#include <ostream>

#include "forward/random_model_for_test.h"

namespace fairprune {

struct ModelCase {
  const char* name;
  void (*change)(ModelConfig& config);
  NormPlaces norms = {};
};
inline void PrintTo(const ModelCase& c, std::ostream* out) { *out << c.name; }

// 3 layers, D 32, F 48, 4 heads over 2 of width 12, V 53.
inline ModelConfig BaseModelConfig() {
  ModelConfig c;
  c.architecture = "random";
  c.num_layers = 3;
  c.hidden_size = 32;
  c.intermediate_size = 48;
  c.num_heads = 4;
  c.num_kv_heads = 2;
  c.head_dim = 12;
  c.vocab_size = 53;
  c.max_position_embeddings = 400;
  c.rms_norm_eps = 1e-5;
  c.rotary_dim = 12;
  c.attention.resize(3);
  c.attention_scale = 1 / std::sqrt(12.0);
  c.tie_word_embeddings = true;
  return c;
}

inline void SetWindows(ModelConfig& c, int64_t first, int64_t second) {
  c.attention[0].window = first;
  c.attention[2].window = second;
}

inline void SetLongRope(ModelConfig& c) {
  RopeConfig& rope = c.ropes[0];
  rope.type = RopeType::kLongRope;
  rope.original_max_position_embeddings = 20;
  rope.attention_factor = 1.19;
  c.rotary_dim = 8;
  rope.short_factors = {1.0F, 1.1F, 1.3F, 1.5F};
  rope.long_factors = {1.2F, 2.0F, 4.5F, 9.0F};
}

inline void LikeGemma2(ModelConfig& c) {
  c.activation = Activation::kGeluTanh;
  c.attention_scale = 0.2;
  c.attention_softcap = 1.5;
  c.logit_softcap = 3;
  c.embedding_multiplier = std::sqrt(32.0);
  SetWindows(c, 4, 4);
}

inline void LikeGemma3(ModelConfig& c) {
  c.activation = Activation::kGeluTanh;
  c.qk_norm = QkNorm::kPerHead;
  c.ropes.push_back({.type = RopeType::kLinear, .theta = 1e6, .factor = 8});
  c.attention[1].rope = 1;
  SetWindows(c, 5, 70);
}

inline void LikeOlmo2(ModelConfig& c) {
  c.qk_norm = QkNorm::kWhole;
  c.tie_word_embeddings = false;
}

inline void LikeGranite(ModelConfig& c) {
  c.embedding_multiplier = 12;
  c.residual_multiplier = 0.22;
  c.logit_divisor = 8;
  c.attention_scale = 0.0833;
}

inline const ModelCase kModelCases[] = {
    {"Llama", [](ModelConfig&) {}},
    {"Untied", [](ModelConfig& c) { c.tie_word_embeddings = false; }},
    {"Biases", [](ModelConfig& c) { c.attention_bias = c.mlp_bias = true; }},
    {"GeluTanh", [](ModelConfig& c) { c.activation = Activation::kGeluTanh; }},
    {"Gelu", [](ModelConfig& c) { c.activation = Activation::kGelu; }},
    {"PartialRotation", [](ModelConfig& c) { c.rotary_dim = 6; }},
    {"LayerWithoutRope", [](ModelConfig& c) { c.attention[1].rope = LayerAttention::kNoRope; }},
    {"SmallWindows", [](ModelConfig& c) { SetWindows(c, 1, 7); }},
    {"WindowsAroundABlock", [](ModelConfig& c) { SetWindows(c, 64, 65); }},
    {"WideWindows", [](ModelConfig& c) { SetWindows(c, 100, 1000); }},
    {"AttentionSoftCap", [](ModelConfig& c) { c.attention_softcap = 0.8; }},
    {"LogitDivisorThenCap", [](ModelConfig& c) { c.logit_divisor = 3, c.logit_softcap = 2; }},
    {"QueryKeyNormPerHead", [](ModelConfig& c) { c.qk_norm = QkNorm::kPerHead; }},
    {"QueryKeyNormWhole", [](ModelConfig& c) { c.qk_norm = QkNorm::kWhole; }},
    {"LongRope", SetLongRope},
    {"LikeGemma2", LikeGemma2, {.before = true, .after = true}},
    {"LikeGemma3", LikeGemma3, {.before = true, .after = true}},
    {"LikeOlmo2", LikeOlmo2, {.before = false, .after = true}},
    {"LikeGranite", LikeGranite},
};

}  // namespace fairprune
