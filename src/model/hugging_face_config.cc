#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/config_parsing.h"

namespace fairprune {
namespace {

// The rotary settings of all layers: `rope_parameters` (transformers 5), or `rope_scaling` beside a
// top-level `rope_theta`. Where both name a theta, the inner one holds, as in transformers 5.
Status ReadRope(const ConfigReader& json, const Architecture& architecture, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(double theta, json.DoubleOr("rope_theta", architecture.default_rope_theta));
  double partial = 1.0;
  if (architecture.partial_rotary) {
    FP_ASSIGN_OR_RETURN(partial, json.DoubleOr("partial_rotary_factor", partial));
  }
  const Json* scaling = json.Find("rope_scaling");
  const Json* parameters = json.Find("rope_parameters");
  if (scaling != nullptr && parameters != nullptr)
    return Fail(ErrorCode::kUnsupported, "{}: has both rope_scaling and rope_parameters",
                json.source());
  const Json* object = scaling != nullptr ? scaling : parameters;
  RopeConfig& rope = config.ropes[0];
  rope.theta = theta;
  if (object != nullptr) {
    const std::string place = fmt::format("{}: {}", json.source(),
                                          scaling != nullptr ? "rope_scaling" : "rope_parameters");
    if (!object->is_object())
      return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", place,
                  object->type_name());
    const ConfigReader settings(*object, place);
    FP_ASSIGN_OR_RETURN(partial, settings.DoubleOr("partial_rotary_factor", partial));
    if (partial != 1.0 && !architecture.partial_rotary)
      return Fail(ErrorCode::kUnsupported, "{}: 'partial_rotary_factor' is {}", place, partial);
    if (architecture.longrope) {
      FP_ASSIGN_OR_RETURN(rope, ReadLongRopeSettings(settings, theta, json, config));
    } else {
      FP_ASSIGN_OR_RETURN(rope, ReadRopeSettings(settings, theta));
    }
    FP_RETURN_IF_ERROR(settings.RefuseAnyUnread());
  }
  if (!(partial > 0 && partial <= 1))
    return Fail(ErrorCode::kBadFormat, "{}: 'partial_rotary_factor' is {}; expected above 0 to 1",
                json.source(), partial);
  config.rotary_dim = static_cast<int64_t>(static_cast<double>(config.head_dim) * partial);
  return {};
}

Result<Activation> ActivationOf(const std::string& name, const std::string& key,
                                const ConfigReader& json) {
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  if (name == "gelu") return Activation::kGelu;
  return Fail(ErrorCode::kUnsupported, "{}: {} is '{}'; known are silu, gelu, gelu_pytorch_tanh",
              json.source(), key, name);
}

// Gemma's first files say "gelu" and mean its tanh approximation; the key hidden_activation came
// later, beside hidden_act. Source: transformers, GemmaConfig, Gemma2Config, Gemma3TextConfig.
Result<Activation> ReadActivation(const ConfigReader& json, const Architecture& architecture) {
  std::optional<Activation> named[2];
  const char* const keys[2] = {"hidden_act", "hidden_activation"};
  const bool gemma = architecture.activation_key != ActivationKey::kHiddenAct;
  for (int i = 0; i < (gemma ? 2 : 1); ++i) {
    if (!json.Has(keys[i])) continue;
    FP_ASSIGN_OR_RETURN(std::string name, json.String(keys[i]));
    FP_ASSIGN_OR_RETURN(Activation activation, ActivationOf(name, keys[i], json));
    const bool legacy = gemma && (i == 0 || architecture.activation_key == ActivationKey::kGemma);
    if (legacy && activation == Activation::kGelu) activation = Activation::kGeluTanh;
    named[i] = activation;
  }
  if (named[0] && named[1] && *named[0] != *named[1])
    return Fail(ErrorCode::kUnsupported, "{}: hidden_act and hidden_activation name two functions",
                json.source());
  if (architecture.activation_key == ActivationKey::kHiddenActivation && named[0] && !named[1] &&
      *named[0] != architecture.default_activation)
    return Fail(ErrorCode::kUnsupported,
                "{}: has hidden_act without hidden_activation, which alone counts here",
                json.source());
  return named[1].value_or(named[0].value_or(architecture.default_activation));
}

Status ReadSizes(const ConfigReader& json, const Architecture& architecture, ModelConfig& config) {
  const Architecture::TextSizes& sizes = architecture.default_sizes;
  const auto read = [&](const char* key, int64_t otherwise) {
    return otherwise > 0 ? json.IntOr(key, otherwise) : json.Int(key);
  };
  FP_ASSIGN_OR_RETURN(config.num_layers, read("num_hidden_layers", sizes.num_layers));
  FP_ASSIGN_OR_RETURN(config.hidden_size, read("hidden_size", sizes.hidden_size));
  FP_ASSIGN_OR_RETURN(config.intermediate_size, read("intermediate_size", sizes.intermediate_size));
  FP_ASSIGN_OR_RETURN(config.num_heads, read("num_attention_heads", sizes.num_heads));
  FP_ASSIGN_OR_RETURN(config.vocab_size, read("vocab_size", sizes.vocab_size));
  const bool as_heads = architecture.default_kv_heads == 0 || json.IsNull("num_key_value_heads");
  FP_ASSIGN_OR_RETURN(config.num_kv_heads,
                      json.IntOr("num_key_value_heads",
                                 as_heads ? config.num_heads : architecture.default_kv_heads));
  config.head_dim = architecture.default_head_dim;
  if (json.Has("head_dim")) {
    FP_ASSIGN_OR_RETURN(config.head_dim, json.Int("head_dim"));
  } else if (config.head_dim == 0) {
    config.head_dim = config.num_heads > 0 ? config.hidden_size / config.num_heads : 0;
    if (config.head_dim * config.num_heads != config.hidden_size)
      return Fail(ErrorCode::kBadFormat,
                  "{}: hidden_size {} is no multiple of num_attention_heads {}, and there is no "
                  "head_dim",
                  json.source(), config.hidden_size, config.num_heads);
  }
  FP_ASSIGN_OR_RETURN(config.max_position_embeddings,
                      json.IntOr("max_position_embeddings", architecture.default_max_positions));
  FP_ASSIGN_OR_RETURN(config.rms_norm_eps,
                      json.DoubleOr("rms_norm_eps", architecture.default_rms_norm_eps));
  return {};
}

// The text model's own object: the whole config.json, or its text_config.
Result<ModelConfig> ReadTextModel(const ConfigReader& json, const Architecture& architecture) {
  ModelConfig config;
  config.architecture = architecture.name;
  FP_RETURN_IF_ERROR(ReadSizes(json, architecture, config));
  FP_RETURN_IF_ERROR(CheckSizes(config, json.source()));
  FP_ASSIGN_OR_RETURN(config.activation, ReadActivation(json, architecture));
  FP_ASSIGN_OR_RETURN(config.tie_word_embeddings,
                      json.BoolOr("tie_word_embeddings", architecture.default_tie_word_embeddings));
  config.attention_bias = architecture.attention_bias;
  if (HasBiasKey(architecture)) {
    FP_ASSIGN_OR_RETURN(config.attention_bias, json.BoolOr("attention_bias", false));
  }
  if (HasPresence(architecture, Presence::kMlpBias)) {
    FP_ASSIGN_OR_RETURN(config.mlp_bias, json.BoolOr("mlp_bias", false));
  }
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  config.attention.resize(static_cast<size_t>(config.num_layers));
  config.rotary_dim = config.head_dim;
  if (!architecture.rope_per_layer_type) FP_RETURN_IF_ERROR(ReadRope(json, architecture, config));
  if (architecture.read_hugging_face != nullptr)
    FP_RETURN_IF_ERROR(architecture.read_hugging_face(json, config));
  FP_RETURN_IF_ERROR(CheckConfig(config, json.source()));
  return config;
}

// "architectures", if there, must name the class whose mathematics this is; Phi-3's own files also
// name the code that became that class.
Status CheckClass(const ConfigReader& json, std::string_view model_class, bool own_code) {
  if (const Json* classes = json.Find("architectures");
      classes != nullptr && *classes != Json::array({std::string(model_class)}))
    return Fail(ErrorCode::kUnsupported, "{}: architectures is {}; expected [\"{}\"]",
                json.source(), DumpJson(*classes, -1), model_class);
  if (!own_code) return {};
  const Json* code = json.Find("auto_map");
  if (code == nullptr) return {};
  const std::string expected = "." + std::string(model_class);
  const auto found = code->find("AutoModelForCausalLM");
  if (found == code->end() || !found->is_string() || !found->get<std::string>().ends_with(expected))
    return Fail(ErrorCode::kUnsupported, "{}: 'auto_map' is {}, code of its own", json.source(),
                DumpJson(*code, -1));
  return {};
}

// A model of images and text: its text half is described; `json` is the whole.
Result<ModelConfig> ReadTextHalf(const ConfigReader& json, const Architecture& architecture) {
  FP_RETURN_IF_ERROR(CheckClass(json, architecture.multimodal_class, false));
  const Json* text = json.Find("text_config");
  if (text == nullptr || !text->is_object())
    return Fail(ErrorCode::kNotFound, "{}: there is no object text_config", json.source());
  const ConfigReader inner(*text, json.source() + ": text_config");
  FP_ASSIGN_OR_RETURN(std::string type,
                      inner.StringOr("model_type", std::string(architecture.model_type)));
  if (type != architecture.model_type)
    return Fail(ErrorCode::kUnsupported, "{}: model_type is '{}'; expected '{}'", inner.source(),
                type, architecture.model_type);
  (void)inner.Find("architectures");
  FP_ASSIGN_OR_RETURN(ModelConfig config, ReadTextModel(inner, architecture));
  FP_ASSIGN_OR_RETURN(bool tied, json.BoolOr("tie_word_embeddings", config.tie_word_embeddings));
  if (tied != config.tie_word_embeddings)
    return Fail(ErrorCode::kUnsupported, "{}: tie_word_embeddings is {}, and {} in text_config",
                json.source(), tied, config.tie_word_embeddings);
  FP_RETURN_IF_ERROR(inner.RefuseUnread());
  return config;
}

}  // namespace

tl::unexpected<Error> RefuseArchitecture(const std::string& source, std::string_view key,
                                         std::string_view name) {
  const std::string_view reason = WhyRefused(name);
  if (reason.empty())
    return Fail(ErrorCode::kUnsupported, "{}: {} is '{}'; known are: {}", source, key, name,
                KnownArchitectures());
  return Fail(ErrorCode::kUnsupported, "{}: {} is '{}': {}; known are: {}", source, key, name,
              reason, KnownArchitectures());
}

Result<ModelConfig> ParseHuggingFaceConfig(const Json& object, const std::string& source) {
  if (!object.is_object())
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", source,
                object.type_name());
  const ConfigReader json(object, source);
  FP_ASSIGN_OR_RETURN(std::string model_type, json.String("model_type"));
  const Architecture* architecture = FindArchitectureByModelType(model_type);
  if (architecture == nullptr) return RefuseArchitecture(source, "model_type", model_type);
  ModelConfig config;
  if (model_type == architecture->multimodal_type) {
    FP_ASSIGN_OR_RETURN(config, ReadTextHalf(json, *architecture));
  } else {
    FP_RETURN_IF_ERROR(CheckClass(json, architecture->model_class, architecture->own_code));
    FP_ASSIGN_OR_RETURN(config, ReadTextModel(json, *architecture));
  }
  FP_RETURN_IF_ERROR(json.RefuseUnread());
  return config;
}

}  // namespace fairprune
