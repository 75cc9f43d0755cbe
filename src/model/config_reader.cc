#include "model/config_reader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace fairprune {
namespace {

// Keys that change what a model computes, with the value that does not.
struct NeutralKey {
  std::string_view key;
  std::optional<double> neutral;  // a number, or false (0); none: null alone changes nothing
};
constexpr std::array kNeutralKeys = {
    NeutralKey{"quantization_config", {}},
    NeutralKey{"compression_config", {}},
    NeutralKey{"auto_map", {}},
    NeutralKey{"layer_types", {}},
    NeutralKey{"no_rope_layers", {}},
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
    NeutralKey{"use_bidirectional_attention", 0.0},
    NeutralKey{"attention_bias", 0.0},
    NeutralKey{"mlp_bias", 0.0},
    NeutralKey{"lm_head_bias", 0.0},
    NeutralKey{"interpolate_factor", 1.0},  // Phi-4-mini
};

// Keys of published configs that sound like mathematics and with which their classes do not
// compute.
constexpr std::array<std::string_view, 4> kHarmlessKeys = {
    "layer_norm_eps", "layer_norm_epsilon",  // of other classes' norms
    "max_window_layers",                     // beside no window (SmolLM3)
    "initializer_factor"};

bool IsNeutral(const Json& value, const std::optional<double>& neutral) {
  if (value.is_null()) return true;
  if (!neutral) return false;
  if (value.is_boolean()) return value.get<bool>() == (*neutral != 0);
  return value.is_number() && value.get<double>() == *neutral;
}

std::string Shortened(const Json& value) {
  std::string text = DumpJson(value, -1);
  if (text.size() > 120) text = text.substr(0, 120) + "…";
  return text;
}

}  // namespace

bool SoundsLikeMathematics(std::string_view key) {
  if (key.find("dropout") != key.npos) return false;  // training only
  constexpr std::array<std::string_view, 21> kParts = {
      "softcap",       "multiplier", "scal",
      "rope",          "rotary",     "window",
      "norm",          "expert",     "moe",
      "router",        "alibi",      "clip",
      "activation",    "factor",     "bias",
      "parallel_attn", "residual",   "causal",
      "pattern",       "sliding",    "position_embedding_"};
  if (std::ranges::any_of(kParts, [&](auto part) { return key.find(part) != key.npos; }))
    return true;
  // "act" as a word: hidden_act, act_fn.
  for (size_t at = key.find("act"); at != key.npos; at = key.find("act", at + 1)) {
    const bool begins = at == 0 || key[at - 1] == '_';
    const bool ends = at + 3 == key.size() || key[at + 3] == '_';
    if (begins && ends) return true;
  }
  return false;
}

ConfigReader::ConfigReader(const Json& object, std::string source)
    : object_(object), source_(std::move(source)) {}

const Json* ConfigReader::Find(const std::string& key) const {
  read_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool ConfigReader::IsNull(const std::string& key) const {
  const auto found = object_.find(key);
  return found != object_.end() && found->is_null();
}

Result<int64_t> ConfigReader::Int(const std::string& key) const {
  read_.insert(key);
  return GetInt(object_, key, source_);
}

Result<double> ConfigReader::Double(const std::string& key) const {
  read_.insert(key);
  return GetDouble(object_, key, source_);
}

Result<std::string> ConfigReader::String(const std::string& key) const {
  read_.insert(key);
  return GetString(object_, key, source_);
}

Result<int64_t> ConfigReader::IntOr(const std::string& key, int64_t otherwise) const {
  if (!Has(key)) return otherwise;
  return Int(key);
}

Result<double> ConfigReader::DoubleOr(const std::string& key, double otherwise) const {
  if (!Has(key)) return otherwise;
  return Double(key);
}

Result<bool> ConfigReader::BoolOr(const std::string& key, bool otherwise) const {
  if (!Has(key)) return otherwise;
  return GetBool(object_, key, source_);
}

Result<std::string> ConfigReader::StringOr(const std::string& key,
                                           const std::string& otherwise) const {
  if (!Has(key)) return otherwise;
  return String(key);
}

Result<int64_t> ConfigReader::WindowOr(const std::string& key, int64_t otherwise) const {
  if (IsNull(key)) otherwise = 0;
  if (!Has(key)) return otherwise;
  FP_ASSIGN_OR_RETURN(int64_t window, Int(key));
  if (window < 1)
    return Fail(ErrorCode::kBadFormat, "{}: '{}' is {}; expected a number of positions, or null",
                source_, key, window);
  return window;
}

Result<double> ConfigReader::DoubleOrNone(const std::string& key, double otherwise) const {
  return DoubleOr(key, IsNull(key) ? 0 : otherwise);
}

Result<std::vector<double>> ConfigReader::Doubles(const std::string& key) const {
  const Json* list = Find(key);
  if (list == nullptr)
    return Fail(ErrorCode::kNotFound, "{}: the key \"{}\" is missing", source_, key);
  std::vector<double> values;
  if (list->is_array())
    for (const Json& value : *list)
      if (value.is_number()) values.push_back(value.get<double>());
  if (!list->is_array() || values.size() != list->size())
    return Fail(ErrorCode::kBadFormat, "{}: '{}': expected a list of numbers", source_, key);
  return values;
}

Result<std::vector<std::string>> ConfigReader::Strings(const std::string& key) const {
  const Json* list = Find(key);
  if (list == nullptr)
    return Fail(ErrorCode::kNotFound, "{}: the key \"{}\" is missing", source_, key);
  std::vector<std::string> values;
  if (list->is_array())
    for (const Json& value : *list)
      if (value.is_string()) values.push_back(value.get<std::string>());
  if (!list->is_array() || values.size() != list->size())
    return Fail(ErrorCode::kBadFormat, "{}: '{}': expected a list of strings", source_, key);
  return values;
}

Status ConfigReader::RefuseUnread() const {
  for (const auto& [key, value] : object_.items()) {
    if (read_.contains(key)) continue;
    const auto known = std::ranges::find(kNeutralKeys, key, &NeutralKey::key);
    if (known != kNeutralKeys.end()) {
      if (IsNeutral(value, known->neutral)) continue;
    } else {
      if (value.is_null() || value == false || !SoundsLikeMathematics(key)) continue;
      if (std::ranges::find(kHarmlessKeys, key) != kHarmlessKeys.end()) continue;
    }
    return Fail(ErrorCode::kUnsupported,
                "{}: '{}' is {}, which changes what the model computes and is not supported",
                source_, key, Shortened(value));
  }
  return {};
}

Status ConfigReader::RefuseAnyUnread() const {
  for (const auto& [key, value] : object_.items())
    if (!read_.contains(key) && !value.is_null())
      return Fail(ErrorCode::kUnsupported, "{}: '{}' is {}: no such setting is known here", source_,
                  key, Shortened(value));
  return {};
}

}  // namespace fairprune
