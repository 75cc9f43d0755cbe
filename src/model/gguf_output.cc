#include "model/gguf_output.h"

#include <cmath>

#include "base/check.h"
#include "model/architecture.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

// The architecture whose GGUF files hold models of this one; nullptr: none.
const Architecture* GgufArchitectureOf(const ModelConfig& config) {
  const Architecture* own = FindArchitecture(config.architecture);
  FP_CHECK(own != nullptr, "the config of a described model");
  if (!own->gguf_name.empty()) return own;
  return own->gguf_as.empty() ? nullptr : FindArchitecture(own->gguf_as);
}

void AddSizes(const ModelConfig& config, GgufDescription& gguf) {
  const auto add = [&](std::string_view name, int64_t value) {
    AddGgufKey(name, static_cast<uint32_t>(value), gguf);
  };
  add("block_count", config.num_layers);
  add("context_length", config.max_position_embeddings);
  add("embedding_length", config.hidden_size);
  add("feed_forward_length", config.intermediate_size);
  add("attention.head_count", config.num_heads);
  add("attention.head_count_kv", config.num_kv_heads);
  add("attention.key_length", config.head_dim);
  add("attention.value_length", config.head_dim);
  AddGgufKey("attention.layer_norm_rms_epsilon", static_cast<float>(config.rms_norm_eps), gguf);
  add("vocab_size", config.vocab_size);
}

// What each frequency is divided by (llama3 scaling), which GGUF keeps in place of its parameters.
std::vector<float> FrequencyFactors(const RopeConfig& rope, int64_t rotary_dim) {
  RopeConfig plain = rope;
  plain.type = RopeType::kDefault;
  plain.freq_factors.clear();
  const std::vector<float> unscaled = RotaryFrequencies(plain, rotary_dim);
  std::vector<float> factors = RotaryFrequencies(rope, rotary_dim);
  for (size_t i = 0; i < factors.size(); ++i) factors[i] = unscaled[i] / factors[i];
  return factors;
}

void AddRope(const ModelConfig& config, GgufDescription& gguf) {
  const RopeConfig& rope = config.ropes[0];
  AddGgufKey("rope.dimension_count", static_cast<uint32_t>(config.rotary_dim), gguf);
  AddGgufKey("rope.freq_base", static_cast<float>(rope.theta), gguf);
  if (rope.type == RopeType::kLinear) {
    AddGgufKey("rope.scaling.type", std::string("linear"), gguf);
    AddGgufKey("rope.scaling.factor", static_cast<float>(rope.factor), gguf);
  }
  if (rope.type == RopeType::kLlama3 || !rope.freq_factors.empty())
    gguf.factors.emplace_back("rope_freqs.weight", FrequencyFactors(rope, config.rotary_dim));
}

TensorToWrite FactorTensor(const std::string& name, const std::vector<float>& values) {
  return ViewToWrite(name, DType::kF32, {static_cast<int64_t>(values.size())},
                     std::as_bytes(std::span(values)));
}

// What a reader makes of the description: of a file with these keys and the tensors that say
// something about the config.
Result<ModelConfig> ReadBack(const GgufDescription& gguf, const Architecture& architecture,
                             const ModelConfig& config, const std::string& source) {
  GgufKeys keys = {{"general.architecture", gguf.architecture}};
  keys.insert(keys.end(), gguf.keys.begin(), gguf.keys.end());
  std::vector<TensorToWrite> tensors;
  tensors.reserve(gguf.factors.size());
  for (const auto& [name, values] : gguf.factors) tensors.push_back(FactorTensor(name, values));
  const std::vector<float> placeholder(1);
  for (const Role role : {Role::kLmHead, Role::kQueryBias, Role::kGateBias}) {
    const RoleSpec* spec = FindRole(architecture, role);
    if (spec != nullptr && IsPresent(*spec, config))
      tensors.push_back(FactorTensor(GgufTensorName(*spec, spec->per_layer ? 0 : -1), placeholder));
  }
  FP_ASSIGN_OR_RETURN(const std::string bytes, NewGgufBytes(source, keys, tensors));
  FP_ASSIGN_OR_RETURN(const auto file, GgufFile::Parse(std::as_bytes(std::span(bytes)), source));
  return ParseGgufConfig(*file, source);
}

bool IsClose(double a, double b) { return std::fabs(a - b) <= 1e-6 * std::fabs(a); }

// Windows that reach over the whole context are none.
int64_t WindowOf(const ModelConfig& config, const LayerAttention& layer) {
  return layer.window >= config.max_position_embeddings ? 0 : layer.window;
}

bool RotatesAlike(const ModelConfig& a, const ModelConfig& b, size_t layer) {
  const int32_t rope_a = a.attention[layer].rope, rope_b = b.attention[layer].rope;
  if (rope_a == LayerAttention::kNoRope || rope_b == LayerAttention::kNoRope)
    return rope_a == rope_b;
  for (const bool is_long : {false, true}) {
    if (is_long && LongSequenceLimit(a) == 0) continue;
    const auto wanted =
        RotaryFrequencies(a.ropes[static_cast<size_t>(rope_a)], a.rotary_dim, is_long);
    const auto found =
        RotaryFrequencies(b.ropes[static_cast<size_t>(rope_b)], b.rotary_dim, is_long);
    for (size_t i = 0; i < wanted.size(); ++i)
      if (std::fabs(wanted[i] - found[i]) > 1e-5f * wanted[i]) return false;
  }
  return IsClose(a.ropes[static_cast<size_t>(rope_a)].attention_factor,
                 b.ropes[static_cast<size_t>(rope_b)].attention_factor);
}

// The first fact in which `found` is another model than `wanted`; empty: none.
std::string Difference(const ModelConfig& wanted, const ModelConfig& found) {
  struct Number {
    const char* name;
    double wanted, found;
  };
  const Number numbers[] = {
      {"the activation function", static_cast<double>(wanted.activation),
       static_cast<double>(found.activation)},
      {"norms of query and key", static_cast<double>(wanted.qk_norm),
       static_cast<double>(found.qk_norm)},
      {"rms_norm_eps", wanted.rms_norm_eps, found.rms_norm_eps},
      {"the scale of attention scores", wanted.attention_scale, found.attention_scale},
      {"the soft-cap of attention scores", wanted.attention_softcap, found.attention_softcap},
      {"embedding_multiplier", wanted.embedding_multiplier, found.embedding_multiplier},
      {"residual_multiplier", wanted.residual_multiplier, found.residual_multiplier},
      {"logits_scaling", wanted.logit_divisor, found.logit_divisor},
      {"the soft-cap of logits", wanted.logit_softcap, found.logit_softcap},
  };
  for (const Number& number : numbers)
    if (!IsClose(number.wanted, number.found))
      return fmt::format("{}: {}, in a GGUF file {}", number.name, number.wanted, number.found);
  if (wanted.rotary_dim != found.rotary_dim ||
      LongSequenceLimit(wanted) != LongSequenceLimit(found))
    return "the rotary settings";
  for (size_t layer = 0; layer < wanted.attention.size(); ++layer) {
    if (WindowOf(wanted, wanted.attention[layer]) != WindowOf(found, found.attention[layer]))
      return fmt::format("the window of layer {}: {}, in a GGUF file {} (0: none)", layer,
                         wanted.attention[layer].window, found.attention[layer].window);
    if (!RotatesAlike(wanted, found, layer))
      return fmt::format("the rotary settings of layer {}", layer);
  }
  return "";
}

Status CheckBiases(const Architecture& architecture, const ModelConfig& config,
                   const std::string& source) {
  const bool attention = config.attention_bias && !architecture.attention_bias &&
                         !architecture.gguf_has_attention_bias;
  const bool mlp = config.mlp_bias && !architecture.gguf_has_mlp_bias;
  if (!attention && !mlp) return {};
  return Fail(ErrorCode::kUnsupported,
              "{}: has biases of the {}; llama.cpp reads none in {} models, so that none can be "
              "written to GGUF",
              source, attention ? "attention projections" : "MLP", architecture.gguf_name);
}

}  // namespace

void AddGgufKey(std::string_view name, GgufNewValue value, GgufDescription& gguf) {
  gguf.keys.emplace_back(fmt::format("{}.{}", gguf.architecture, name), std::move(value));
}

Result<GgufDescription> DescribeAsGguf(const ModelConfig& config, const std::string& source) {
  const Architecture* architecture = GgufArchitectureOf(config);
  if (architecture == nullptr)
    return Fail(ErrorCode::kUnsupported, "{}: GGUF has no architecture for {}", source,
                config.architecture);
  FP_RETURN_IF_ERROR(CheckBiases(*architecture, config, source));
  GgufDescription gguf{.architecture = std::string(architecture->gguf_name),
                       .permutes_rotary = architecture->gguf_permutes_rotary};
  AddSizes(config, gguf);
  AddRope(config, gguf);
  if (architecture->write_gguf != nullptr) architecture->write_gguf(config, gguf);
  const Result<ModelConfig> found = ReadBack(gguf, *architecture, config, source);
  if (!found)
    return Fail(ErrorCode::kUnsupported, "{}: a GGUF file cannot say what this model is: {}",
                source, found.error().message);
  if (const std::string difference = Difference(config, *found); !difference.empty())
    return Fail(ErrorCode::kUnsupported, "{}: a GGUF file of a {} model cannot say {}", source,
                gguf.architecture, difference);
  return gguf;
}

std::string GgufName(const ModelConfig& config, Role role, int32_t layer) {
  const Architecture* architecture = GgufArchitectureOf(config);
  const RoleSpec* spec = architecture == nullptr ? nullptr : FindRole(*architecture, role);
  FP_CHECK(spec != nullptr, "a role that GGUF files of the architecture have");
  return GgufTensorName(*spec, layer);
}

}  // namespace fairprune
