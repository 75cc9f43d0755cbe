#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/config_parsing.h"

namespace fairprune {
namespace {

// Keys that change what a model computes. Present with another value than null, or than the neutral
// one, they make the model another than the one this program would run.
struct NeutralKey {
  std::string_view key;
  std::optional<double> neutral;  // a number, or false (0), that changes nothing
};
constexpr std::array kNeutralKeys = {
    NeutralKey{"quantization_config", {}},
    NeutralKey{"compression_config", {}},
    NeutralKey{"auto_map", {}},
    NeutralKey{"sliding_window", {}},
    NeutralKey{"use_sliding_window", 0.0},
    NeutralKey{"layer_types", {}},
    NeutralKey{"no_rope_layers", {}},
    NeutralKey{"attn_logit_softcapping", {}},
    NeutralKey{"final_logit_softcapping", {}},
    NeutralKey{"query_pre_attn_scalar", {}},
    NeutralKey{"partial_rotary_factor", 1.0},
    NeutralKey{"rotary_pct", 1.0},
    NeutralKey{"embedding_multiplier", 1.0},
    NeutralKey{"residual_multiplier", 1.0},
    NeutralKey{"attention_multiplier", {}},
    NeutralKey{"logits_scaling", 1.0},
    NeutralKey{"logit_scale", 1.0},
    NeutralKey{"scale_emb", 1.0},
    NeutralKey{"qk_norm", 0.0},
    NeutralKey{"use_qk_norm", 0.0},
    NeutralKey{"clip_qkv", {}},
    NeutralKey{"alibi", 0.0},
    NeutralKey{"num_experts", 0.0},
    NeutralKey{"num_local_experts", 0.0},
    NeutralKey{"n_routed_experts", 0.0},
    NeutralKey{"is_encoder_decoder", 0.0},
    NeutralKey{"add_cross_attention", 0.0},
};

bool IsNeutral(const Json& value, const std::optional<double>& neutral) {
  if (value.is_null()) return true;
  if (!neutral) return false;
  if (value.is_boolean()) return value.get<bool>() == (*neutral != 0);
  return value.is_number() && value.get<double>() == *neutral;
}

Status RefuseOtherMathematics(const Json& config, const std::string& source) {
  for (const NeutralKey& known : kNeutralKeys) {
    const auto found = config.find(std::string(known.key));
    if (found == config.end() || IsNeutral(*found, known.neutral)) continue;
    std::string value = DumpJson(*found, -1);
    if (value.size() > 120) value = value.substr(0, 120) + "…";
    return Fail(ErrorCode::kUnsupported,
                "{}: '{}' is {}, which changes what the model computes and is not supported",
                source, known.key, value);
  }
  return {};
}

bool Has(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

Result<int64_t> IntOr(const Json& object, const std::string& key, int64_t otherwise,
                      const std::string& source) {
  if (!Has(object, key)) return otherwise;
  return GetInt(object, key, source);
}

Result<double> DoubleOr(const Json& object, const std::string& key, double otherwise,
                        const std::string& source) {
  if (!Has(object, key)) return otherwise;
  return GetDouble(object, key, source);
}

Result<bool> BoolOr(const Json& object, const std::string& key, bool otherwise,
                    const std::string& source) {
  if (!Has(object, key)) return otherwise;
  return GetBool(object, key, source);
}

Result<std::string> StringOr(const Json& object, const std::string& key,
                             const std::string& otherwise, const std::string& source) {
  if (!Has(object, key)) return otherwise;
  return GetString(object, key, source);
}

// The rotary settings under one of three spellings: `rope_parameters` (transformers 5), or
// `rope_scaling` with `rope_type` or the older `type`, beside a top-level `rope_theta`.
Result<RopeConfig> ParseRope(const Json& config, const std::string& source) {
  RopeConfig rope;
  FP_ASSIGN_OR_RETURN(rope.theta, DoubleOr(config, "rope_theta", rope.theta, source));
  const char* key = Has(config, "rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (!Has(config, key)) return rope;
  const Json& settings = config.at(key);
  const std::string place = fmt::format("{}: {}", source, key);
  if (!settings.is_object())
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", place,
                settings.type_name());
  for (const auto& [name, value] : settings.items())
    if (value.is_object())
      return Fail(ErrorCode::kUnsupported, "{}: '{}': settings per kind of layer", place, name);
  FP_ASSIGN_OR_RETURN(rope.theta, DoubleOr(settings, "rope_theta", rope.theta, place));
  FP_ASSIGN_OR_RETURN(double partial, DoubleOr(settings, "partial_rotary_factor", 1.0, place));
  if (partial != 1.0)
    return Fail(ErrorCode::kUnsupported, "{}: 'partial_rotary_factor' is {}", place, partial);
  FP_ASSIGN_OR_RETURN(std::string old_type, StringOr(settings, "type", "default", place));
  FP_ASSIGN_OR_RETURN(std::string type, StringOr(settings, "rope_type", old_type, place));
  if (type == "default") return rope;
  if (type != "linear" && type != "llama3")
    return Fail(ErrorCode::kUnsupported, "{}: rope_type is '{}'; known are default, linear, llama3",
                place, type);
  rope.type = type == "linear" ? RopeType::kLinear : RopeType::kLlama3;
  FP_ASSIGN_OR_RETURN(rope.factor, GetDouble(settings, "factor", place));
  if (rope.type == RopeType::kLinear) return rope;
  FP_ASSIGN_OR_RETURN(rope.low_freq_factor, GetDouble(settings, "low_freq_factor", place));
  FP_ASSIGN_OR_RETURN(rope.high_freq_factor, GetDouble(settings, "high_freq_factor", place));
  FP_ASSIGN_OR_RETURN(rope.original_max_position_embeddings,
                      GetInt(settings, "original_max_position_embeddings", place));
  return rope;
}

Result<Activation> ParseActivation(const Json& config, const Architecture& architecture,
                                   const std::string& source) {
  if (!Has(config, "hidden_act")) return architecture.default_activation;
  FP_ASSIGN_OR_RETURN(std::string name, GetString(config, "hidden_act", source));
  std::optional<Activation> activation;
  if (name == "silu" || name == "swish") activation = Activation::kSilu;
  if (name == "gelu_pytorch_tanh") activation = Activation::kGeluTanh;
  if (name == "gelu") activation = Activation::kGelu;
  if (!activation ||
      std::ranges::find(architecture.activations, *activation) == architecture.activations.end())
    return Fail(ErrorCode::kUnsupported,
                "{}: hidden_act is '{}'; known are silu, gelu, gelu_pytorch_tanh", source, name);
  return *activation;
}

Result<const Architecture*> ParseArchitecture(const Json& config, const std::string& source) {
  if (!config.is_object())
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", source,
                config.type_name());
  FP_ASSIGN_OR_RETURN(std::string model_type, GetString(config, "model_type", source));
  const Architecture* architecture = FindArchitectureByModelType(model_type);
  if (architecture == nullptr)
    return Fail(ErrorCode::kUnsupported, "{}: model_type is '{}'; known are: {}", source,
                model_type, KnownArchitectures());
  if (!Has(config, "architectures")) return architecture;
  const Json& classes = config.at("architectures");
  if (!classes.is_array() || classes.size() != 1 || !classes[0].is_string() ||
      classes[0].get<std::string>() != architecture->model_class)
    return Fail(ErrorCode::kUnsupported, "{}: architectures is {}; expected [\"{}\"]", source,
                DumpJson(classes, -1), architecture->model_class);
  return architecture;
}

}  // namespace

Result<ModelConfig> ParseHuggingFaceConfig(const Json& json, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Architecture* architecture, ParseArchitecture(json, source));
  FP_RETURN_IF_ERROR(RefuseOtherMathematics(json, source));
  ModelConfig config;
  config.architecture = architecture->name;
  FP_ASSIGN_OR_RETURN(config.num_layers, GetInt(json, "num_hidden_layers", source));
  FP_ASSIGN_OR_RETURN(config.hidden_size, GetInt(json, "hidden_size", source));
  FP_ASSIGN_OR_RETURN(config.intermediate_size, GetInt(json, "intermediate_size", source));
  FP_ASSIGN_OR_RETURN(config.num_heads, GetInt(json, "num_attention_heads", source));
  FP_ASSIGN_OR_RETURN(config.vocab_size, GetInt(json, "vocab_size", source));
  FP_ASSIGN_OR_RETURN(config.num_kv_heads,
                      IntOr(json, "num_key_value_heads", config.num_heads, source));
  const int64_t even_split = config.num_heads > 0 ? config.hidden_size / config.num_heads : 0;
  if (!Has(json, "head_dim") && even_split * config.num_heads != config.hidden_size)
    return Fail(ErrorCode::kBadFormat,
                "{}: hidden_size {} is no multiple of num_attention_heads {}, and there is no "
                "head_dim",
                source, config.hidden_size, config.num_heads);
  FP_ASSIGN_OR_RETURN(config.head_dim, IntOr(json, "head_dim", even_split, source));
  FP_ASSIGN_OR_RETURN(config.max_position_embeddings,
                      IntOr(json, "max_position_embeddings", 2048, source));
  FP_ASSIGN_OR_RETURN(config.rms_norm_eps, DoubleOr(json, "rms_norm_eps", 1e-6, source));
  FP_ASSIGN_OR_RETURN(config.activation, ParseActivation(json, *architecture, source));
  FP_ASSIGN_OR_RETURN(config.ropes[0], ParseRope(json, source));
  FP_ASSIGN_OR_RETURN(
      config.tie_word_embeddings,
      BoolOr(json, "tie_word_embeddings", architecture->default_tie_word_embeddings, source));
  FP_ASSIGN_OR_RETURN(config.attention_bias, BoolOr(json, "attention_bias", false, source));
  FP_ASSIGN_OR_RETURN(config.mlp_bias, BoolOr(json, "mlp_bias", false, source));
  config.rotary_dim = config.head_dim;
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  FP_RETURN_IF_ERROR(CheckConfig(config, source));
  config.attention.resize(static_cast<size_t>(config.num_layers));
  return config;
}

}  // namespace fairprune
