#include "model/architectures/smollm3.h"

#include <array>
#include <nlohmann/json.hpp>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding, roles::kAttentionNorm,
    roles::kQuery,     roles::kKey,
    roles::kValue,     roles::kAttentionOut,
    roles::kQueryBias, roles::kKeyBias,
    roles::kValueBias, roles::kAttentionOutBias,
    roles::kMlpNorm,   roles::kGate,
    roles::kUp,        roles::kDown,
    roles::kGateBias,  roles::kUpBias,
    roles::kDownBias,  roles::kFinalNorm,
    roles::kLmHead,
};

// no_rope_layers says 1 for a layer that rotates, 0 for one that does not.
Status ReadRotatedLayers(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(int64_t interval, json.IntOr("no_rope_layer_interval", 4));
  if (!json.Has("no_rope_layers")) {
    if (interval < 1)
      return Fail(ErrorCode::kBadFormat, "{}: 'no_rope_layer_interval' is {}; expected above 0",
                  json.source(), interval);
    for (int64_t layer = 0; layer < config.num_layers; ++layer)
      if ((layer + 1) % interval == 0)
        config.attention[static_cast<size_t>(layer)].rope = LayerAttention::kNoRope;
    return {};
  }
  FP_ASSIGN_OR_RETURN(std::vector<double> rotated, json.Doubles("no_rope_layers"));
  if (static_cast<int64_t>(rotated.size()) < config.num_layers)
    return Fail(ErrorCode::kBadFormat, "{}: 'no_rope_layers' has {} entries for {} layers",
                json.source(), rotated.size(), config.num_layers);
  for (size_t layer = 0; layer < config.attention.size(); ++layer) {
    if (rotated[layer] != 0 && rotated[layer] != 1)
      return Fail(ErrorCode::kBadFormat, "{}: 'no_rope_layers' has a {}; expected 0 or 1",
                  json.source(), rotated[layer]);
    if (rotated[layer] == 0) config.attention[layer].rope = LayerAttention::kNoRope;
  }
  return {};
}

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  FP_RETURN_IF_ERROR(ReadRotatedLayers(json, config));
  FP_ASSIGN_OR_RETURN(bool use_window, json.BoolOr("use_sliding_window", false));
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 0));
  if (!use_window) window = 0;
  return ReadLayerTypes(
      json, window,
      [&](int64_t layer) {
        const int32_t rope = config.attention[static_cast<size_t>(layer)].rope;
        return window > 0 && rope == LayerAttention::kNoRope;
      },
      config);
}

// The file does not say which layers rotate: llama.cpp leaves out every fourth, as the published
// model does.
Status ReadGguf(const GgufReader& /*gguf*/, ModelConfig& config) {
  for (size_t layer = 3; layer < config.attention.size(); layer += 4)
    config.attention[layer].rope = LayerAttention::kNoRope;
  return {};
}

Status WriteHuggingFace(const ModelConfig& config, Json& json) {
  Json rotated = Json::array();
  for (const LayerAttention& layer : config.attention)
    rotated.push_back(layer.rope == LayerAttention::kNoRope ? 0 : 1);
  json["no_rope_layers"] = std::move(rotated);
  json["no_rope_layer_interval"] = 4;
  json["layer_types"] = LayerTypes(config);
  json["use_sliding_window"] = false;
  json["sliding_window"] = nullptr;
  return {};
}

}  // namespace

const Architecture kSmolLm3Architecture = {
    .name = "smollm3",
    .model_type = "smollm3",
    .model_class = "SmolLM3ForCausalLM",
    .gguf_name = "smollm3",
    .roles = kRoles,
    .default_tie_word_embeddings = true,
    .default_kv_heads = 4,
    .default_max_positions = 32768,
    .default_rope_theta = 2000000.0,
    .gguf_permutes_rotary = true,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteHuggingFace,
};

}  // namespace fairprune
