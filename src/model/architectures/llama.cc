#include "model/architectures/llama.h"

#include <array>

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    RoleSpec{Role::kTokenEmbedding, false, "model.embed_tokens.weight", "token_embd.weight",
             Extent::kV, Extent::kD},
    RoleSpec{Role::kAttentionNorm, true, "input_layernorm.weight", "attn_norm.weight", Extent::kD,
             Extent::kNone},
    RoleSpec{Role::kQuery, true, "self_attn.q_proj.weight", "attn_q.weight", Extent::kHE,
             Extent::kD},
    RoleSpec{Role::kKey, true, "self_attn.k_proj.weight", "attn_k.weight", Extent::kKE, Extent::kD},
    RoleSpec{Role::kValue, true, "self_attn.v_proj.weight", "attn_v.weight", Extent::kKE,
             Extent::kD},
    RoleSpec{Role::kAttentionOut, true, "self_attn.o_proj.weight", "attn_output.weight", Extent::kD,
             Extent::kHE},
    RoleSpec{Role::kQueryBias, true, "self_attn.q_proj.bias", "attn_q.bias", Extent::kHE,
             Extent::kNone, Presence::kAttentionBias},
    RoleSpec{Role::kKeyBias, true, "self_attn.k_proj.bias", "attn_k.bias", Extent::kKE,
             Extent::kNone, Presence::kAttentionBias},
    RoleSpec{Role::kValueBias, true, "self_attn.v_proj.bias", "attn_v.bias", Extent::kKE,
             Extent::kNone, Presence::kAttentionBias},
    RoleSpec{Role::kAttentionOutBias, true, "self_attn.o_proj.bias", "attn_output.bias", Extent::kD,
             Extent::kNone, Presence::kAttentionBias},
    RoleSpec{Role::kMlpNorm, true, "post_attention_layernorm.weight", "ffn_norm.weight", Extent::kD,
             Extent::kNone},
    RoleSpec{Role::kGate, true, "mlp.gate_proj.weight", "ffn_gate.weight", Extent::kF, Extent::kD},
    RoleSpec{Role::kUp, true, "mlp.up_proj.weight", "ffn_up.weight", Extent::kF, Extent::kD},
    RoleSpec{Role::kDown, true, "mlp.down_proj.weight", "ffn_down.weight", Extent::kD, Extent::kF},
    RoleSpec{Role::kGateBias, true, "mlp.gate_proj.bias", "ffn_gate.bias", Extent::kF,
             Extent::kNone, Presence::kMlpBias},
    RoleSpec{Role::kUpBias, true, "mlp.up_proj.bias", "ffn_up.bias", Extent::kF, Extent::kNone,
             Presence::kMlpBias},
    RoleSpec{Role::kDownBias, true, "mlp.down_proj.bias", "ffn_down.bias", Extent::kD,
             Extent::kNone, Presence::kMlpBias},
    RoleSpec{Role::kFinalNorm, false, "model.norm.weight", "output_norm.weight", Extent::kD,
             Extent::kNone},
    RoleSpec{Role::kLmHead, false, "lm_head.weight", "output.weight", Extent::kV, Extent::kD,
             Presence::kUntied},
};

constexpr std::array kActivations = {Activation::kSilu, Activation::kGeluTanh, Activation::kGelu};

}  // namespace

const Architecture kLlamaArchitecture = {
    .name = "llama",
    .model_type = "llama",
    .model_class = "LlamaForCausalLM",
    .gguf_name = "llama",
    .roles = kRoles,
    .activations = kActivations,
    .default_activation = Activation::kSilu,
    .default_tie_word_embeddings = false,
    .gguf_permutes_rotary = true,
};

}  // namespace fairprune
