#include <array>
#include <cmath>

#include "model/config_parsing.h"

namespace fairprune {
namespace {

// A GGUF's metadata under one architecture's prefix ("llama.").
class Reader {
 public:
  Reader(const GgufFile& gguf, std::string_view prefix, const std::string& source)
      : gguf_(gguf), prefix_(prefix), source_(source) {}

  std::string Key(std::string_view name) const { return fmt::format("{}.{}", prefix_, name); }
  bool Has(std::string_view name) const { return gguf_.Has(Key(name)); }
  Result<int64_t> Int(std::string_view name) const {
    const auto found = gguf_.metadata().find(Key(name));
    if (found != gguf_.metadata().end() &&
        std::holds_alternative<std::vector<int64_t>>(found->second))
      return Fail(ErrorCode::kUnsupported, "{}: {} differs from layer to layer", source_,
                  Key(name));
    return gguf_.Int(Key(name));
  }
  Result<int64_t> IntOr(std::string_view name, int64_t otherwise) const {
    if (!Has(name)) return otherwise;
    return Int(name);
  }
  Result<double> DoubleOr(std::string_view name, double otherwise) const {
    if (!Has(name)) return otherwise;
    return gguf_.Double(Key(name));
  }

 private:
  const GgufFile& gguf_;
  std::string prefix_;
  std::string source_;
};

// Numbers that change what a model computes, with the value that does not.
struct NeutralKey {
  std::string_view name;
  double neutral;
};
constexpr std::array kNeutralKeys = {
    NeutralKey{"expert_count", 0},
    NeutralKey{"attention.sliding_window", 0},
    NeutralKey{"attention.scale", 0},
    NeutralKey{"attention.clamp_kqv", 0},
    NeutralKey{"attention.max_alibi_bias", 0},
    NeutralKey{"attn_logit_softcapping", 0},
    NeutralKey{"final_logit_softcapping", 0},
    NeutralKey{"logit_scale", 1},
    NeutralKey{"residual_scale", 1},
    NeutralKey{"embedding_scale", 1},
    NeutralKey{"rope.scaling.attn_factor", 1},
};

Status RefuseOtherMathematics(const Reader& reader, const std::string& source) {
  for (const NeutralKey& known : kNeutralKeys) {
    FP_ASSIGN_OR_RETURN(double value, reader.DoubleOr(known.name, known.neutral));
    if (value != known.neutral)
      return Fail(ErrorCode::kUnsupported,
                  "{}: '{}' is {}, which changes what the model computes and is not supported",
                  source, reader.Key(known.name), value);
  }
  return {};
}

Result<RopeConfig> ParseRope(const GgufFile& gguf, const Reader& reader, int64_t head_dim,
                             const std::string& source) {
  RopeConfig rope;
  FP_ASSIGN_OR_RETURN(rope.theta, reader.DoubleOr("rope.freq_base", rope.theta));
  FP_ASSIGN_OR_RETURN(int64_t rotated, reader.IntOr("rope.dimension_count", head_dim));
  if (rotated != head_dim)
    return Fail(ErrorCode::kUnsupported, "{}: {} is {} with heads {} wide: part of a head rotates",
                source, reader.Key("rope.dimension_count"), rotated, head_dim);
  // Files from before `rope.scaling.type` say linear scaling with this key alone.
  FP_ASSIGN_OR_RETURN(rope.factor, reader.DoubleOr("rope.scale_linear", 1.0));
  std::string type = rope.factor == 1.0 ? "none" : "linear";
  if (reader.Has("rope.scaling.type")) {
    FP_ASSIGN_OR_RETURN(type, gguf.String(reader.Key("rope.scaling.type")));
    FP_ASSIGN_OR_RETURN(rope.factor, reader.DoubleOr("rope.scaling.factor", rope.factor));
  }
  if (type != "none" && type != "linear")
    return Fail(ErrorCode::kUnsupported, "{}: {} is '{}'; known are none, linear", source,
                reader.Key("rope.scaling.type"), type);
  if (type == "none") rope.factor = 1.0;
  rope.type = rope.factor == 1.0 ? RopeType::kDefault : RopeType::kLinear;
  return rope;
}

Result<std::vector<float>> ReadRopeFactors(const GgufFile& gguf, int64_t head_dim,
                                           const std::string& source) {
  const TensorEntry* entry = gguf.Find("rope_freqs.weight");
  if (entry == nullptr) return std::vector<float>{};
  const Shape expected = {head_dim / 2};
  if (entry->shape != expected)
    return Fail(ErrorCode::kMismatch, "{}: rope_freqs.weight: expected shape {}, found {}", source,
                ToString(expected), ToString(entry->shape));
  FP_ASSIGN_OR_RETURN(Tensor factors, ReadAsF32(*entry));
  for (const float factor : factors.span())
    if (!std::isfinite(factor) || factor <= 0)
      return Fail(ErrorCode::kBadFormat, "{}: rope_freqs.weight: {} is no factor", source, factor);
  return std::vector<float>(factors.span().begin(), factors.span().end());
}

// From `ARCH.vocab_size`, else the tokenizer's list, else the rows of the embedding.
Result<int64_t> ReadVocabSize(const GgufFile& gguf, const Reader& reader,
                              const std::string& source) {
  if (reader.Has("vocab_size")) return reader.Int("vocab_size");
  const auto tokens = gguf.metadata().find("tokenizer.ggml.tokens");
  if (tokens != gguf.metadata().end())
    if (const auto* list = std::get_if<std::vector<std::string_view>>(&tokens->second))
      return static_cast<int64_t>(list->size());
  const TensorEntry* embedding = gguf.Find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.empty())
    return Fail(ErrorCode::kNotFound, "{}: tensor token_embd.weight: missing", source);
  return embedding->shape[0];
}

Status ParseSizes(const GgufFile& gguf, const Reader& reader, const std::string& source,
                  ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(config.num_layers, reader.Int("block_count"));
  FP_ASSIGN_OR_RETURN(config.hidden_size, reader.Int("embedding_length"));
  FP_ASSIGN_OR_RETURN(config.intermediate_size, reader.Int("feed_forward_length"));
  FP_ASSIGN_OR_RETURN(config.num_heads, reader.Int("attention.head_count"));
  FP_ASSIGN_OR_RETURN(config.num_kv_heads,
                      reader.IntOr("attention.head_count_kv", config.num_heads));
  const int64_t even_split = config.num_heads > 0 ? config.hidden_size / config.num_heads : 0;
  FP_ASSIGN_OR_RETURN(config.head_dim, reader.IntOr("attention.key_length", even_split));
  FP_ASSIGN_OR_RETURN(int64_t value_dim, reader.IntOr("attention.value_length", config.head_dim));
  if (value_dim != config.head_dim)
    return Fail(ErrorCode::kUnsupported, "{}: {} is {}, {} is {}; expected them equal", source,
                reader.Key("attention.key_length"), config.head_dim,
                reader.Key("attention.value_length"), value_dim);
  FP_ASSIGN_OR_RETURN(config.max_position_embeddings, reader.IntOr("context_length", 2048));
  FP_ASSIGN_OR_RETURN(config.vocab_size, ReadVocabSize(gguf, reader, source));
  return {};
}

}  // namespace

Result<ModelConfig> ParseGgufConfig(const GgufFile& gguf, const std::string& source) {
  FP_ASSIGN_OR_RETURN(std::string name, gguf.String("general.architecture"));
  const Architecture* architecture = FindArchitectureByGgufName(name);
  if (architecture == nullptr)
    return Fail(ErrorCode::kUnsupported, "{}: general.architecture is '{}'; known are: {}", source,
                name, KnownArchitectures());
  const Reader reader(gguf, architecture->gguf_name, source);
  FP_RETURN_IF_ERROR(RefuseOtherMathematics(reader, source));
  ModelConfig config;
  config.architecture = architecture->name;
  config.activation = architecture->default_activation;
  FP_RETURN_IF_ERROR(ParseSizes(gguf, reader, source, config));
  FP_ASSIGN_OR_RETURN(config.rms_norm_eps,
                      gguf.Double(reader.Key("attention.layer_norm_rms_epsilon")));
  FP_ASSIGN_OR_RETURN(config.ropes[0], ParseRope(gguf, reader, config.head_dim, source));
  const auto has_tensor = [&](Role role) {
    const RoleSpec* spec = FindRole(*architecture, role);
    return spec != nullptr && gguf.Find(TensorName(*spec, CheckpointFormat::kGguf,
                                                   spec->per_layer ? 0 : -1)) != nullptr;
  };
  config.tie_word_embeddings = !has_tensor(Role::kLmHead);
  config.attention_bias = has_tensor(Role::kQueryBias);
  config.mlp_bias = has_tensor(Role::kGateBias);
  config.rotary_dim = config.head_dim;
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  FP_RETURN_IF_ERROR(CheckConfig(config, source));
  config.attention.resize(static_cast<size_t>(config.num_layers));
  FP_ASSIGN_OR_RETURN(config.ropes[0].freq_factors, ReadRopeFactors(gguf, config.head_dim, source));
  return config;
}

}  // namespace fairprune
