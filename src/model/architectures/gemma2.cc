#include "model/architectures/gemma2.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding,
    roles::kAttentionNorm,
    roles::kQuery,
    roles::kKey,
    roles::kValue,
    roles::kAttentionOut,
    roles::kQueryBias,
    roles::kKeyBias,
    roles::kValueBias,
    roles::kAttentionOutBias,
    roles::kAttentionPostNorm,
    roles::kMlpPreNorm,
    roles::kGate,
    roles::kUp,
    roles::kDown,
    roles::kMlpPostNorm,
    roles::kFinalNorm,
    roles::kLmHead,
};

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  config.embedding_multiplier = std::sqrt(static_cast<double>(config.hidden_size));
  FP_ASSIGN_OR_RETURN(double scalar, json.DoubleOr("query_pre_attn_scalar", 256));
  config.attention_scale = 1 / std::sqrt(scalar);
  FP_ASSIGN_OR_RETURN(config.attention_softcap, json.DoubleOrNone("attn_logit_softcapping", 50));
  FP_ASSIGN_OR_RETURN(config.logit_softcap, json.DoubleOrNone("final_logit_softcapping", 30));
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 4096));
  FP_ASSIGN_OR_RETURN(int64_t size, json.WindowOr("sliding_window_size", window));
  if (size != window)  // some published files have both
    return Fail(ErrorCode::kUnsupported, "{}: sliding_window is {}, sliding_window_size {}",
                json.source(), window, size);
  return ReadLayerTypes(
      json, window, [](int64_t layer) { return layer % 2 == 0; }, config);
}

// What the file does not say is what llama.cpp takes (its Gemma 2 model): every other layer slides,
// and scores are scaled by the head's width, in the model of 46 layers by hidden_size / heads. The
// published models agree.
Status ReadGguf(const GgufReader& gguf, ModelConfig& config) {
  config.embedding_multiplier = std::sqrt(static_cast<double>(config.hidden_size));
  const int64_t scalar =
      config.num_layers == 46 ? config.hidden_size / config.num_heads : config.head_dim;
  config.attention_scale = 1 / std::sqrt(static_cast<double>(scalar));
  FP_ASSIGN_OR_RETURN(config.attention_softcap, gguf.DoubleOr("attn_logit_softcapping", 50));
  FP_ASSIGN_OR_RETURN(config.logit_softcap, gguf.DoubleOr("final_logit_softcapping", 30));
  FP_ASSIGN_OR_RETURN(int64_t window, gguf.WindowOr("attention.sliding_window", 4096));
  for (size_t layer = 0; layer < config.attention.size(); layer += 2)
    config.attention[layer].window = window;
  return {};
}

void WriteGguf(const ModelConfig& config, GgufDescription& gguf) {
  AddGgufKey("attn_logit_softcapping", static_cast<float>(config.attention_softcap), gguf);
  AddGgufKey("final_logit_softcapping", static_cast<float>(config.logit_softcap), gguf);
  AddGgufKey("attention.sliding_window", static_cast<uint32_t>(config.attention[0].window), gguf);
}

Status WriteHuggingFace(const ModelConfig& config, Json& json) {
  const auto none_or = [](double cap) { return cap == 0 ? Json(nullptr) : Json(cap); };
  json["query_pre_attn_scalar"] = QueryPreAttentionScalar(config);
  json["attn_logit_softcapping"] = none_or(config.attention_softcap);
  json["final_logit_softcapping"] = none_or(config.logit_softcap);
  int64_t window = 0;
  for (const LayerAttention& layer : config.attention) window = std::max(window, layer.window);
  if (window > 0) json["sliding_window"] = window;  // a model of full layers alone has none
  json["layer_types"] = LayerTypes(config);
  return {};
}

}  // namespace

const Architecture kGemma2Architecture = {
    .name = "gemma2",
    .model_type = "gemma2",
    .model_class = "Gemma2ForCausalLM",
    .gguf_name = "gemma2",
    .roles = kRoles,
    .default_activation = Activation::kGeluTanh,
    .activation_key = ActivationKey::kHiddenActivation,
    .default_tie_word_embeddings = true,
    .default_kv_heads = 4,
    .default_head_dim = 256,
    .default_max_positions = 8192,
    .hugging_face_norm_offset = 1,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteHuggingFace,
    .write_gguf = WriteGguf,
};

}  // namespace fairprune
