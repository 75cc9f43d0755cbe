#include <algorithm>
#include <cmath>

#include "model/config_parsing.h"

namespace fairprune {
namespace {

// The rotary settings that every architecture's files spell alike. Errors: kUnsupported.
Status ReadRope(const GgufReader& gguf, const Architecture& architecture, ModelConfig& config) {
  RopeConfig& rope = config.ropes[0];
  FP_ASSIGN_OR_RETURN(rope.theta, gguf.DoubleOr("rope.freq_base", 10000.0));
  FP_ASSIGN_OR_RETURN(config.rotary_dim, gguf.IntOr("rope.dimension_count", config.head_dim));
  if (config.rotary_dim != config.head_dim && !architecture.partial_rotary)
    return Fail(ErrorCode::kUnsupported, "{}: {} is {} with heads {} wide: part of a head rotates",
                gguf.source(), gguf.Key("rope.dimension_count"), config.rotary_dim,
                config.head_dim);
  // Files from before `rope.scaling.type` say linear scaling with this key alone.
  FP_ASSIGN_OR_RETURN(rope.factor, gguf.DoubleOr("rope.scale_linear", 1.0));
  std::string type = rope.factor == 1.0 ? "none" : "linear";
  if (gguf.Has("rope.scaling.type")) {
    FP_ASSIGN_OR_RETURN(type, gguf.String("rope.scaling.type"));
    FP_ASSIGN_OR_RETURN(rope.factor, gguf.DoubleOr("rope.scaling.factor", rope.factor));
  }
  const std::string_view scaled = architecture.longrope ? "longrope" : "linear";
  if (type != "none" && type != scaled)
    return Fail(ErrorCode::kUnsupported, "{}: {} is '{}'; known are none, {}", gguf.source(),
                gguf.Key("rope.scaling.type"), type, scaled);
  if (type == "longrope") type = "none";  // the architecture's reader looks at the rest
  if (type == "none") rope.factor = 1.0;
  rope.type = rope.factor == 1.0 ? RopeType::kDefault : RopeType::kLinear;
  return {};
}

// From `ARCH.vocab_size`, else the tokenizer's list, else the rows of the embedding.
Result<int64_t> ReadVocabSize(const GgufReader& gguf) {
  if (gguf.Has("vocab_size")) return gguf.Int("vocab_size");
  const auto tokens = gguf.file().metadata().find("tokenizer.ggml.tokens");
  if (tokens != gguf.file().metadata().end())
    if (const auto* list = std::get_if<std::vector<std::string_view>>(&tokens->second))
      return static_cast<int64_t>(list->size());
  const TensorEntry* embedding = gguf.file().Find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.empty())
    return Fail(ErrorCode::kNotFound, "{}: tensor token_embd.weight: missing", gguf.source());
  return embedding->shape[0];
}

// Neurons of each layer: one number, or a list where the architecture has one.
Status ReadWidths(const GgufReader& gguf, const Architecture& architecture, ModelConfig& config) {
  if (!architecture.gguf_widths_per_layer) {
    FP_ASSIGN_OR_RETURN(config.intermediate_size, gguf.Int("feed_forward_length"));
    return {};
  }
  FP_ASSIGN_OR_RETURN(config.layer_widths, gguf.PerLayer("feed_forward_length", config.num_layers));
  if (config.layer_widths.empty()) return {};  // CheckSizes tells
  const auto [least, most] = std::ranges::minmax(config.layer_widths);
  if (least < 1)
    return Fail(ErrorCode::kUnsupported, "{}: {} has a {}: a layer without an MLP", gguf.source(),
                gguf.Key("feed_forward_length"), least);
  config.intermediate_size = most;
  if (least == most) config.layer_widths.clear();
  return {};
}

Status ReadSizes(const GgufReader& gguf, const Architecture& architecture, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(config.num_layers, gguf.Int("block_count"));
  FP_ASSIGN_OR_RETURN(config.hidden_size, gguf.Int("embedding_length"));
  FP_RETURN_IF_ERROR(ReadWidths(gguf, architecture, config));
  FP_ASSIGN_OR_RETURN(config.num_heads, gguf.Int("attention.head_count"));
  FP_ASSIGN_OR_RETURN(config.num_kv_heads, gguf.IntOr("attention.head_count_kv", config.num_heads));
  const int64_t even_split = config.num_heads > 0 ? config.hidden_size / config.num_heads : 0;
  FP_ASSIGN_OR_RETURN(config.head_dim, gguf.IntOr("attention.key_length", even_split));
  FP_ASSIGN_OR_RETURN(int64_t value_dim, gguf.IntOr("attention.value_length", config.head_dim));
  if (value_dim != config.head_dim)
    return Fail(ErrorCode::kUnsupported, "{}: {} is {}, {} is {}; expected them equal",
                gguf.source(), gguf.Key("attention.key_length"), config.head_dim,
                gguf.Key("attention.value_length"), value_dim);
  FP_ASSIGN_OR_RETURN(config.max_position_embeddings, gguf.IntOr("context_length", 2048));
  FP_ASSIGN_OR_RETURN(config.rms_norm_eps, gguf.Double("attention.layer_norm_rms_epsilon"));
  FP_ASSIGN_OR_RETURN(config.vocab_size, ReadVocabSize(gguf));
  return {};
}

}  // namespace

Result<ModelConfig> ParseGgufConfig(const GgufFile& file, const std::string& source) {
  FP_ASSIGN_OR_RETURN(std::string name, file.String("general.architecture"));
  const Architecture* architecture = FindArchitectureByGgufName(name);
  if (architecture == nullptr) return RefuseArchitecture(source, "general.architecture", name);
  const GgufReader gguf(file, architecture->gguf_name, source);
  ModelConfig config;
  config.architecture = architecture->name;
  config.activation = architecture->default_activation;
  FP_RETURN_IF_ERROR(ReadSizes(gguf, *architecture, config));
  FP_RETURN_IF_ERROR(CheckSizes(config, source));
  FP_RETURN_IF_ERROR(ReadRope(gguf, *architecture, config));
  FP_ASSIGN_OR_RETURN(config.ropes[0].freq_factors,
                      gguf.Factors("rope_freqs.weight", config.rotary_dim / 2));
  const auto has_tensor = [&](Role role) {
    const RoleSpec* spec = FindRole(*architecture, role);
    return spec != nullptr && file.Find(GgufTensorName(*spec, spec->per_layer ? 0 : -1)) != nullptr;
  };
  config.tie_word_embeddings = !has_tensor(Role::kLmHead);
  config.attention_bias = architecture->attention_bias || has_tensor(Role::kQueryBias);
  config.mlp_bias = has_tensor(Role::kGateBias);
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  config.attention.resize(static_cast<size_t>(config.num_layers));
  if (architecture->read_gguf != nullptr) FP_RETURN_IF_ERROR(architecture->read_gguf(gguf, config));
  FP_RETURN_IF_ERROR(CheckConfig(config, source));
  FP_RETURN_IF_ERROR(gguf.RefuseUnread());
  return config;
}

}  // namespace fairprune
