#include "model/architectures/gemma3.h"

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
    roles::kHeadQueryNorm,
    roles::kHeadKeyNorm,
    roles::kAttentionPostNorm,
    roles::kMlpPreNorm,
    roles::kGate,
    roles::kUp,
    roles::kDown,
    roles::kMlpPostNorm,
    roles::kFinalNorm,
    roles::kLmHead,
};

// ropes[0] turns the layers that see everything, ropes[1] those with a window.
constexpr double kGlobalTheta = 1e6, kLocalTheta = 1e4;
// Every so many layers one has no window.
constexpr int64_t kPattern = 6;

// One kind of layer's object in `rope_parameters`.
Result<RopeConfig> ReadKind(const ConfigReader& parameters, const std::string& kind, double theta) {
  const Json* object = parameters.Find(kind);
  if (object == nullptr) return RopeConfig{.theta = theta};
  const std::string place = fmt::format("{}: {}", parameters.source(), kind);
  if (!object->is_object())
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", place,
                object->type_name());
  const ConfigReader settings(*object, place);
  FP_ASSIGN_OR_RETURN(RopeConfig rope, ReadRopeSettings(settings, theta));
  FP_RETURN_IF_ERROR(settings.RefuseAnyUnread());
  return rope;
}

Status ReadRopes(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(double global, json.DoubleOr("rope_theta", kGlobalTheta));
  FP_ASSIGN_OR_RETURN(double local, json.DoubleOr("rope_local_base_freq", kLocalTheta));
  config.ropes = {{.theta = global}, {.theta = local}};
  const Json* scaling = json.Find("rope_scaling");
  const Json* parameters = json.Find("rope_parameters");
  if (scaling != nullptr && parameters != nullptr)
    return Fail(ErrorCode::kUnsupported, "{}: has both rope_scaling and rope_parameters",
                json.source());
  for (const Json* object : {scaling, parameters})
    if (object != nullptr && !object->is_object())
      return Fail(ErrorCode::kBadFormat, "{}: {}: expected an object, found {}", json.source(),
                  object == scaling ? "rope_scaling" : "rope_parameters", object->type_name());
  if (scaling != nullptr) {  // of the layers that see everything alone
    const ConfigReader settings(*scaling, json.source() + ": rope_scaling");
    FP_ASSIGN_OR_RETURN(config.ropes[0], ReadRopeSettings(settings, global));
    return settings.RefuseAnyUnread();
  }
  if (parameters == nullptr) return {};
  const ConfigReader kinds(*parameters, json.source() + ": rope_parameters");
  FP_ASSIGN_OR_RETURN(config.ropes[0], ReadKind(kinds, "full_attention", global));
  FP_ASSIGN_OR_RETURN(config.ropes[1], ReadKind(kinds, "sliding_attention", local));
  return kinds.RefuseAnyUnread();
}

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  config.embedding_multiplier = std::sqrt(static_cast<double>(config.hidden_size));
  config.qk_norm = QkNorm::kPerHead;
  FP_ASSIGN_OR_RETURN(double scalar, json.DoubleOr("query_pre_attn_scalar", 256));
  config.attention_scale = 1 / std::sqrt(scalar);
  // attn_logit_softcapping is a key of the class that its attention does not read: refused.
  FP_ASSIGN_OR_RETURN(config.logit_softcap, json.DoubleOrNone("final_logit_softcapping", 0));
  FP_RETURN_IF_ERROR(ReadRopes(json, config));
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 4096));
  FP_ASSIGN_OR_RETURN(int64_t pattern, json.IntOr("sliding_window_pattern", kPattern));
  if (pattern < 1)
    return Fail(ErrorCode::kBadFormat, "{}: 'sliding_window_pattern' is {}; expected above 0",
                json.source(), pattern);
  // transformers 5 writes it beside layer_types, and never reads it.
  if (json.Has("layer_types")) (void)json.Find("_sliding_window_pattern");
  FP_RETURN_IF_ERROR(ReadLayerTypes(
      json, window, [&](int64_t layer) { return (layer + 1) % pattern != 0; }, config));
  for (LayerAttention& layer : config.attention) layer.rope = layer.window > 0 ? 1 : 0;
  return {};
}

// What the file does not say is what llama.cpp takes (its Gemma 3 model): every sixth layer sees
// everything, the others turn by a base of 10,000 without scaling, and scores are scaled as in
// Gemma 2, the model of 62 layers being the other one. The published models agree.
Status ReadGguf(const GgufReader& gguf, ModelConfig& config) {
  config.embedding_multiplier = std::sqrt(static_cast<double>(config.hidden_size));
  config.qk_norm = QkNorm::kPerHead;
  const int64_t scalar =
      config.num_layers == 62 ? config.hidden_size / config.num_heads : config.head_dim;
  config.attention_scale = 1 / std::sqrt(static_cast<double>(scalar));
  FP_ASSIGN_OR_RETURN(config.logit_softcap, gguf.DoubleOr("final_logit_softcapping", 0));
  FP_ASSIGN_OR_RETURN(config.ropes[0].theta, gguf.Double("rope.freq_base"));
  RopeConfig local;
  FP_ASSIGN_OR_RETURN(local.theta, gguf.DoubleOr("rope.freq_base_swa", kLocalTheta));
  config.ropes.push_back(local);
  FP_ASSIGN_OR_RETURN(int64_t window, gguf.Int("attention.sliding_window"));
  FP_ASSIGN_OR_RETURN(int64_t pattern, gguf.IntOr("attention.sliding_window_pattern", kPattern));
  if (window < 1 || pattern < 1)
    return Fail(ErrorCode::kBadFormat, "{}: {} is {}, with every {}th layer full", gguf.source(),
                gguf.Key("attention.sliding_window"), window, pattern);
  for (size_t layer = 0; layer < config.attention.size(); ++layer)
    if ((static_cast<int64_t>(layer) + 1) % pattern != 0)
      config.attention[layer] = {.rope = 1, .window = window};
  return {};
}

// The converter's keys, and the pattern where it is not the usual one.
void WriteGguf(const ModelConfig& config, GgufDescription& gguf) {
  const auto first_full = std::ranges::find(config.attention, 0, &LayerAttention::window);
  const int64_t pattern = first_full - config.attention.begin() + 1;
  int64_t window = 0;
  for (const LayerAttention& layer : config.attention) window = std::max(window, layer.window);
  if (window > 0) AddGgufKey("attention.sliding_window", static_cast<uint32_t>(window), gguf);
  if (pattern < kPattern || (pattern > kPattern && config.num_layers >= kPattern))
    AddGgufKey("attention.sliding_window_pattern", static_cast<uint32_t>(pattern), gguf);
  AddGgufKey("rope.freq_base_swa", static_cast<float>(config.ropes[1].theta), gguf);
  if (config.logit_softcap != 0)
    AddGgufKey("final_logit_softcapping", static_cast<float>(config.logit_softcap), gguf);
}

Status WriteHuggingFace(const ModelConfig& config, Json& json) {
  json["rope_local_base_freq"] = config.ropes[1].theta;
  json["query_pre_attn_scalar"] = QueryPreAttentionScalar(config);
  json["final_logit_softcapping"] =
      config.logit_softcap == 0 ? Json(nullptr) : Json(config.logit_softcap);
  int64_t window = 0;
  for (const LayerAttention& layer : config.attention) window = std::max(window, layer.window);
  if (window > 0) json["sliding_window"] = window;  // a model of full layers alone has none
  json["layer_types"] = LayerTypes(config);
  return {};
}

}  // namespace

const Architecture kGemma3Architecture = {
    .name = "gemma3",
    .model_type = "gemma3_text",
    .model_class = "Gemma3ForCausalLM",
    .gguf_name = "gemma3",
    .roles = kRoles,
    .multimodal_type = "gemma3",
    .multimodal_class = "Gemma3ForConditionalGeneration",
    .default_sizes = {26, 2304, 9216, 8, 262208},
    .default_activation = Activation::kGeluTanh,
    .activation_key = ActivationKey::kHiddenActivation,
    .default_tie_word_embeddings = true,
    .default_kv_heads = 4,
    .default_head_dim = 256,
    .default_max_positions = 131072,
    .rope_per_layer_type = true,
    .hugging_face_norm_offset = 1,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteHuggingFace,
    .write_gguf = WriteGguf,
};

}  // namespace fairprune
