// Rotary settings and kinds of layers in config.json. Source of the rules: transformers 5.23,
// modeling_rope_utils.py and the configuration classes.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

Result<std::string> ReadRopeType(const ConfigReader& settings) {
  FP_ASSIGN_OR_RETURN(std::string old_spelling, settings.StringOr("type", "default"));
  return settings.StringOr("rope_type", old_spelling);
}

Status RefuseInnerObjects(const ConfigReader& settings) {
  for (const char* kind : {"full_attention", "sliding_attention"})
    if (settings.Has(kind))
      return Fail(ErrorCode::kUnsupported, "{}: '{}': settings per kind of layer",
                  settings.source(), kind);
  return {};
}

Result<std::vector<float>> ReadFactors(const ConfigReader& settings, const std::string& key) {
  FP_ASSIGN_OR_RETURN(std::vector<double> values, settings.Doubles(key));
  return std::vector<float>(values.begin(), values.end());
}

}  // namespace

Result<RopeConfig> ReadRopeSettings(const ConfigReader& settings, double theta) {
  RopeConfig rope;
  FP_RETURN_IF_ERROR(RefuseInnerObjects(settings));
  FP_ASSIGN_OR_RETURN(rope.theta, settings.DoubleOr("rope_theta", theta));
  FP_ASSIGN_OR_RETURN(std::string type, ReadRopeType(settings));
  if (type == "default") return rope;
  if (type != "linear" && type != "llama3")
    return Fail(ErrorCode::kUnsupported, "{}: rope_type is '{}'; known are default, linear, llama3",
                settings.source(), type);
  rope.type = type == "linear" ? RopeType::kLinear : RopeType::kLlama3;
  FP_ASSIGN_OR_RETURN(rope.factor, settings.Double("factor"));
  if (rope.type == RopeType::kLinear) return rope;
  FP_ASSIGN_OR_RETURN(rope.low_freq_factor, settings.Double("low_freq_factor"));
  FP_ASSIGN_OR_RETURN(rope.high_freq_factor, settings.Double("high_freq_factor"));
  FP_ASSIGN_OR_RETURN(rope.original_max_position_embeddings,
                      settings.Int("original_max_position_embeddings"));
  return rope;
}

Result<RopeConfig> ReadLongRopeSettings(const ConfigReader& settings, double theta,
                                        const ConfigReader& json, const ModelConfig& config) {
  RopeConfig rope;
  FP_RETURN_IF_ERROR(RefuseInnerObjects(settings));
  FP_ASSIGN_OR_RETURN(rope.theta, settings.DoubleOr("rope_theta", theta));
  FP_ASSIGN_OR_RETURN(std::string type, ReadRopeType(settings));
  if (type == "default") {
    (void)settings.Find("original_max_position_embeddings");  // without meaning
    return rope;
  }
  // "su" and "yarn" are what Phi-3's first files called it.
  if (type != "longrope" && type != "su" && type != "yarn")
    return Fail(ErrorCode::kUnsupported, "{}: rope_type is '{}'; known are default, longrope",
                settings.source(), type);
  rope.type = RopeType::kLongRope;
  FP_ASSIGN_OR_RETURN(rope.short_factors, ReadFactors(settings, "short_factor"));
  FP_ASSIGN_OR_RETURN(rope.long_factors, ReadFactors(settings, "long_factor"));
  // The top-level key decides; its class default is 4096.
  FP_ASSIGN_OR_RETURN(rope.original_max_position_embeddings,
                      json.IntOr("original_max_position_embeddings", 4096));
  FP_ASSIGN_OR_RETURN(int64_t inner, settings.IntOr("original_max_position_embeddings",
                                                    rope.original_max_position_embeddings));
  if (inner != rope.original_max_position_embeddings)
    return Fail(ErrorCode::kUnsupported,
                "{}: original_max_position_embeddings is {}, but {} outside (4096 when absent)",
                settings.source(), inner, rope.original_max_position_embeddings);
  FP_ASSIGN_OR_RETURN(double factor, settings.DoubleOr("factor", LongRopeStretch(config, rope)));
  FP_ASSIGN_OR_RETURN(
      rope.attention_factor,
      settings.DoubleOr("attention_factor",
                        LongRopeAttentionFactor(factor, rope.original_max_position_embeddings)));
  return rope;
}

double LongRopeStretch(const ModelConfig& config, const RopeConfig& rope) {
  return static_cast<double>(config.max_position_embeddings) /
         static_cast<double>(rope.original_max_position_embeddings);
}

double LongRopeAttentionFactor(double factor, int64_t original_max_position_embeddings) {
  if (factor <= 1) return 1;
  const auto original = static_cast<double>(original_max_position_embeddings);
  return std::sqrt(1 + std::log(factor) / std::log(original));
}

Status ReadLayerTypes(const ConfigReader& json, int64_t window,
                      const std::function<bool(int64_t)>& slides, ModelConfig& config) {
  std::vector<std::string> types;
  if (json.Has("layer_types")) {
    FP_ASSIGN_OR_RETURN(types, json.Strings("layer_types"));
    if (static_cast<int64_t>(types.size()) != config.num_layers)
      return Fail(ErrorCode::kBadFormat, "{}: 'layer_types' has {} entries for {} layers",
                  json.source(), types.size(), config.num_layers);
  } else {
    for (int64_t layer = 0; layer < config.num_layers; ++layer)
      types.emplace_back(slides(layer) ? "sliding_attention" : "full_attention");
  }
  for (size_t layer = 0; layer < types.size(); ++layer) {
    if (types[layer] == "full_attention") continue;
    if (types[layer] != "sliding_attention")
      return Fail(ErrorCode::kUnsupported,
                  "{}: 'layer_types' has '{}'; known are full_attention, sliding_attention",
                  json.source(), types[layer]);
    if (window == 0)
      return Fail(ErrorCode::kBadFormat,
                  "{}: layer {} is of type sliding_attention, and there is no sliding window",
                  json.source(), layer);
    config.attention[layer].window = window;
  }
  return {};
}

Json LayerTypes(const ModelConfig& config) {
  Json types = Json::array();
  for (const LayerAttention& layer : config.attention)
    types.push_back(layer.window > 0 ? "sliding_attention" : "full_attention");
  return types;
}

Status ReadQwenWindows(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(bool use_window, json.BoolOr("use_sliding_window", false));
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 4096));
  FP_ASSIGN_OR_RETURN(int64_t first, json.IntOr("max_window_layers", 28));
  if (!use_window) window = 0;
  return ReadLayerTypes(
      json, window, [&](int64_t layer) { return window > 0 && layer >= first; }, config);
}

Status WriteQwenWindows(const ModelConfig& config, Json& json) {
  for (const LayerAttention& layer : config.attention)
    FP_CHECK(layer.window == 0, "GGUF files of Qwen name no window");
  json["use_sliding_window"] = false;
  return {};
}

int64_t QueryPreAttentionScalar(const ModelConfig& config) {
  return std::llround(1 / (config.attention_scale * config.attention_scale));
}

}  // namespace fairprune
