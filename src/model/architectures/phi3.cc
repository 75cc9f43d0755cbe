#include "model/architectures/phi3.h"

#include <array>

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

}  // namespace

const Architecture kPhi3Architecture = {
    .name = "phi3",
    .model_type = "phi3",
    .model_class = "Phi3ForCausalLM",
    .gguf_name = "",
    .roles = kRoles,
    .default_max_positions = 4096,
    .default_rms_norm_eps = 1e-5,
    .own_code = true,
    .partial_rotary = true,
    .longrope = true,
    .read_hugging_face = ReadHuggingFace,
};

}  // namespace fairprune
