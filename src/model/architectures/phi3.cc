#include "model/architectures/phi3.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::string_view kQkv = "self_attn.qkv_proj.weight", kGgufQkv = "attn_qkv.weight";
constexpr std::string_view kGateUp = "mlp.gate_up_proj.weight", kGgufGateUp = "ffn_up.weight";

constexpr std::array kRoles = {
    roles::kEmbedding,
    roles::kAttentionNorm,
    RoleSpec{Role::kQuery, true, kQkv, kGgufQkv, Extent::kHE, Extent::kD, Presence::kAlways,
             Part::kQuery},
    RoleSpec{Role::kKey, true, kQkv, kGgufQkv, Extent::kKE, Extent::kD, Presence::kAlways,
             Part::kKey},
    RoleSpec{Role::kValue, true, kQkv, kGgufQkv, Extent::kKE, Extent::kD, Presence::kAlways,
             Part::kValue},
    roles::kAttentionOut,
    roles::kMlpNorm,
    RoleSpec{Role::kGate, true, kGateUp, kGgufGateUp, Extent::kF, Extent::kD, Presence::kAlways,
             Part::kGate},
    RoleSpec{Role::kUp, true, kGateUp, kGgufGateUp, Extent::kF, Extent::kD, Presence::kAlways,
             Part::kUp},
    roles::kDown,
    roles::kFinalNorm,
    roles::kLmHead,
};

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  (void)json.Find("original_max_position_embeddings");  // read with longrope, else without meaning
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 0));
  for (LayerAttention& layer : config.attention) layer.window = window;
  return {};
}

// llama.cpp's converter writes longrope as two tensors of factors, the original context and the
// factor of cos and sin. The window is the converter's too; llama.cpp itself leaves it out of its
// computation, transformers does not. Files from before the converter wrote it (0 for none) do not
// say what the model is: their models do have windows.
Status ReadGguf(const GgufReader& gguf, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(int64_t window, gguf.Int("attention.sliding_window"));
  if (window < 0)
    return Fail(ErrorCode::kBadFormat, "{}: {} is {}; expected 0 (none) or above", gguf.source(),
                gguf.Key("attention.sliding_window"), window);
  for (LayerAttention& layer : config.attention) layer.window = window;
  const int64_t num_pairs = config.rotary_dim / 2;
  RopeConfig& rope = config.ropes[0];
  FP_ASSIGN_OR_RETURN(rope.short_factors, gguf.Factors("rope_factors_short.weight", num_pairs));
  FP_ASSIGN_OR_RETURN(rope.long_factors, gguf.Factors("rope_factors_long.weight", num_pairs));
  FP_ASSIGN_OR_RETURN(std::string type, gguf.StringOr("rope.scaling.type", "none"));
  if (rope.short_factors.empty() != rope.long_factors.empty() ||
      (type == "longrope" && rope.short_factors.empty()))
    return Fail(ErrorCode::kNotFound, "{}: tensor rope_factors_{}.weight: missing", gguf.source(),
                rope.short_factors.empty() ? "short" : "long");
  if (rope.short_factors.empty()) return {};
  rope.type = RopeType::kLongRope;
  FP_ASSIGN_OR_RETURN(rope.original_max_position_embeddings,
                      gguf.Int("rope.scaling.original_context_length"));
  FP_ASSIGN_OR_RETURN(rope.attention_factor, gguf.Double("rope.scaling.attn_factor"));
  return {};
}

void WriteGguf(const ModelConfig& config, GgufDescription& gguf) {
  const RopeConfig& rope = config.ropes[0];
  AddGgufKey("attention.sliding_window", static_cast<uint32_t>(config.attention[0].window), gguf);
  if (rope.type != RopeType::kLongRope) return;
  AddGgufKey("rope.scaling.original_context_length",
             static_cast<uint32_t>(rope.original_max_position_embeddings), gguf);
  AddGgufKey("rope.scaling.attn_factor", static_cast<float>(rope.attention_factor), gguf);
  gguf.factors.emplace_back("rope_factors_long.weight", rope.long_factors);
  gguf.factors.emplace_back("rope_factors_short.weight", rope.short_factors);
}

// The fraction of the head whose product with its width, cut to a whole number, is `rotary_dim`.
double PartialRotaryFactor(int64_t rotary_dim, int64_t head_dim) {
  const auto width = static_cast<double>(head_dim);
  const double fraction = static_cast<double>(rotary_dim) / width;
  const bool falls_short = static_cast<int64_t>(fraction * width) < rotary_dim;
  return falls_short ? std::nextafter(fraction, 1.0) : fraction;
}

Status WriteHuggingFace(const ModelConfig& config, Json& json) {
  const RopeConfig& rope = config.ropes[0];
  const int64_t window = config.attention[0].window;
  json["sliding_window"] = window > 0 ? Json(window) : Json(nullptr);
  if (config.rotary_dim != config.head_dim)
    json["partial_rotary_factor"] = PartialRotaryFactor(config.rotary_dim, config.head_dim);
  if (rope.type != RopeType::kLongRope) return {};
  json["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  // transformers 4 wants these three keys and no other; hence the factor only if it must be there.
  json["rope_scaling"] = {{"type", "longrope"},
                          {"short_factor", rope.short_factors},
                          {"long_factor", rope.long_factors}};
  const double usual =
      LongRopeAttentionFactor(LongRopeStretch(config, rope), rope.original_max_position_embeddings);
  if (static_cast<float>(usual) != static_cast<float>(rope.attention_factor))
    json["rope_scaling"]["attention_factor"] = rope.attention_factor;
  return {};
}

}  // namespace

const Architecture kPhi3Architecture = {
    .name = "phi3",
    .model_type = "phi3",
    .model_class = "Phi3ForCausalLM",
    .gguf_name = "phi3",
    .roles = kRoles,
    .default_max_positions = 4096,
    .default_rms_norm_eps = 1e-5,
    .own_code = true,
    .partial_rotary = true,
    .longrope = true,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteHuggingFace,
    .write_gguf = WriteGguf,
};

}  // namespace fairprune
