// config.json of a model, for transformers.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "model/architecture.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

const char* NameOf(Activation activation) {
  switch (activation) {
    case Activation::kSilu:
      return "silu";
    case Activation::kGeluTanh:
      return "gelu_pytorch_tanh";
    case Activation::kGelu:
      return "gelu";
  }
  return "silu";
}

bool GivesSameFrequencies(const RopeConfig& rope, const RopeConfig& candidate, int64_t rotary_dim) {
  const std::vector<float> wanted = RotaryFrequencies(rope, rotary_dim);
  const std::vector<float> found = RotaryFrequencies(candidate, rotary_dim);
  for (size_t i = 0; i < wanted.size(); ++i)
    if (std::fabs(wanted[i] - found[i]) > 1e-5f * wanted[i]) return false;
  return true;
}

// GGUF keeps the llama3 scaling as one factor per frequency; config.json wants the numbers that the
// factors were made of. `factor` is the largest one; the rest is what every published model has,
// with the original context a power of two: the candidate must give the same frequencies.
Result<RopeConfig> RecoverRope(const RopeConfig& rope, int64_t rotary_dim,
                               const std::string& source) {
  if (rope.freq_factors.empty()) return rope;
  RopeConfig candidate = rope;
  candidate.freq_factors.clear();
  if (GivesSameFrequencies(rope, candidate, rotary_dim)) return candidate;  // all factors are 1
  candidate.type = RopeType::kLlama3;
  candidate.factor = *std::ranges::max_element(rope.freq_factors);
  candidate.low_freq_factor = 1.0;
  candidate.high_freq_factor = 4.0;
  if (rope.type == RopeType::kDefault)
    for (int64_t original = 16; original <= (int64_t{1} << 22); original *= 2) {
      candidate.original_max_position_embeddings = original;
      if (GivesSameFrequencies(rope, candidate, rotary_dim)) return candidate;
    }
  return Fail(ErrorCode::kUnsupported,
              "{}: rope_freqs.weight is no llama3 scaling that config.json could express", source);
}

Json RopeScalingJson(const RopeConfig& rope) {
  if (rope.type == RopeType::kLinear) return {{"rope_type", "linear"}, {"factor", rope.factor}};
  if (rope.type == RopeType::kLlama3)
    return {{"rope_type", "llama3"},
            {"factor", rope.factor},
            {"low_freq_factor", rope.low_freq_factor},
            {"high_freq_factor", rope.high_freq_factor},
            {"original_max_position_embeddings", rope.original_max_position_embeddings}};
  return nullptr;  // longrope: its architecture's write_hugging_face
}

void WriteActivation(const Architecture& architecture, const ModelConfig& config, Json& json) {
  json["hidden_act"] = NameOf(config.activation);
  if (architecture.activation_key != ActivationKey::kHiddenAct)
    json["hidden_activation"] = NameOf(config.activation);
}

void WriteTokenIds(const GgufFile& gguf, const ModelConfig& config, Json& json) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kTokens = {
      {{"bos_token_id", "tokenizer.ggml.bos_token_id"},
       {"eos_token_id", "tokenizer.ggml.eos_token_id"},
       {"pad_token_id", "tokenizer.ggml.padding_token_id"}}};
  for (const auto& [key, gguf_key] : kTokens)
    if (const Result<int64_t> id = gguf.Int(gguf_key); id && *id >= 0 && *id < config.vocab_size)
      json[key] = *id;
    else
      json[key] = nullptr;  // an absent key would mean its class's own default
}

// The keys are those of transformers 4, which transformers 5 reads as well.
Result<Json> ConfigFromGguf(const Checkpoint& checkpoint, const ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(RopeConfig rope,
                      RecoverRope(config.ropes[0], config.rotary_dim, checkpoint.path()));
  const Architecture* architecture = FindArchitecture(config.architecture);
  FP_CHECK(architecture != nullptr, "the config of a described model");
  if (architecture->model_type.empty())
    return Fail(ErrorCode::kUnsupported, "{}: transformers has no class for {} models",
                checkpoint.path(), architecture->name);
  Json json = {{"architectures", Json::array({std::string(architecture->model_class)})},
               {"model_type", std::string(architecture->model_type)},
               {"hidden_size", config.hidden_size},
               {"intermediate_size", config.intermediate_size},
               {"num_hidden_layers", config.num_layers},
               {"num_attention_heads", config.num_heads},
               {"num_key_value_heads", config.num_kv_heads},
               {"vocab_size", config.vocab_size},
               {"max_position_embeddings", config.max_position_embeddings},
               {"rms_norm_eps", config.rms_norm_eps},
               {"rope_theta", rope.theta},
               {"rope_scaling", RopeScalingJson(rope)},
               {"tie_word_embeddings", config.tie_word_embeddings},
               {"use_cache", true},
               {"torch_dtype", "float32"}};
  // Some classes know no head_dim of their own, and need none where it is the usual one.
  if (architecture->default_head_dim != 0 ||
      config.head_dim * config.num_heads != config.hidden_size)
    json["head_dim"] = config.head_dim;
  WriteActivation(*architecture, config, json);
  if (HasBiasKey(*architecture)) json["attention_bias"] = config.attention_bias;
  if (HasPresence(*architecture, Presence::kMlpBias)) json["mlp_bias"] = config.mlp_bias;
  if (architecture->write_hugging_face != nullptr)
    FP_RETURN_IF_ERROR(architecture->write_hugging_face(config, json));
  WriteTokenIds(*checkpoint.gguf(), config, json);
  return json;
}

// The config without some layers.
ModelConfig Without(const ModelConfig& config, const std::vector<int32_t>& removed_layers) {
  ModelConfig rest = config;
  for (auto layer = removed_layers.rbegin(); layer != removed_layers.rend(); ++layer)
    rest.attention.erase(rest.attention.begin() + *layer);
  rest.num_layers = std::ssize(rest.attention);
  return rest;
}

// Lists in config.json with an entry a layer.
constexpr std::array kLayerLists = {"layer_types", "no_rope_layers"};

// Takes the layers out of what a Hugging Face input says of each. What it left to a rule of its
// class (every other layer slides, the first N do not) is said layer by layer where the rule would
// give the rest another kind of attention.
Status RemoveLayers(const ModelConfig& rest, const std::vector<int32_t>& removed_layers,
                    const std::string& source, Json& json, Json& text) {
  if (removed_layers.empty()) return {};
  for (const char* key : kLayerLists) {
    const auto list = text.find(key);
    if (list == text.end() || !list->is_array()) continue;
    for (auto layer = removed_layers.rbegin(); layer != removed_layers.rend(); ++layer)
      if (*layer < std::ssize(*list)) list->erase(static_cast<size_t>(*layer));
  }
  text["num_hidden_layers"] = rest.num_layers;
  const auto says_the_same = [&] {
    const Result<ModelConfig> read = ParseHuggingFaceConfig(json, source);
    return read && read->attention == rest.attention;
  };
  if (says_the_same()) return {};
  text["layer_types"] = LayerTypes(rest);
  if (says_the_same()) return {};
  Json rotated = Json::array();
  for (const LayerAttention& layer : rest.attention)
    rotated.push_back(layer.rope == LayerAttention::kNoRope ? 0 : 1);
  text["no_rope_layers"] = std::move(rotated);
  if (says_the_same()) return {};
  return Fail(ErrorCode::kUnsupported,
              "{}: without layers {} the others would attend otherwise than they do, and a {} "
              "config.json cannot say how",
              source, fmt::join(removed_layers, ", "), rest.architecture);
}

}  // namespace

Result<std::string> ToConfigJson(const Checkpoint& checkpoint, const Model& model,
                                 const ConfigChanges& changes, const std::string& dtype) {
  const ModelConfig rest = Without(model.config, changes.removed_layers);
  Json json;
  if (checkpoint.format() == CheckpointFormat::kHuggingFace) {
    FP_CHECK(checkpoint.config() != nullptr, "a Hugging Face folder has a config");
    json = *checkpoint.config();
  } else {
    FP_ASSIGN_OR_RETURN(json, ConfigFromGguf(checkpoint, rest));
  }
  // The language half of a multimodal model has a config of its own inside.
  Json& text = json.contains("text_config") ? json.at("text_config") : json;
  if (checkpoint.format() == CheckpointFormat::kHuggingFace)
    FP_RETURN_IF_ERROR(
        RemoveLayers(rest, changes.removed_layers, checkpoint.path() + "/config.json", json, text));
  text["intermediate_size"] = changes.intermediate_size;
  for (const char* key : {"dtype", "torch_dtype"})
    if (text.contains(key)) text[key] = dtype;
  json[json.contains("dtype") ? "dtype" : "torch_dtype"] = dtype;
  return DumpJson(json) + "\n";
}

}  // namespace fairprune
