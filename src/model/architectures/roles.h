// Rows of an architecture's table that several of them share. Internal to this room.
#pragma once

#include "model/architecture.h"

namespace fairprune::roles {

inline constexpr RoleSpec kEmbedding{Role::kTokenEmbedding, false,      "model.embed_tokens.weight",
                                     "token_embd.weight",   Extent::kV, Extent::kD};
inline constexpr RoleSpec kFinalNorm{Role::kFinalNorm,     false,      "model.norm.weight",
                                     "output_norm.weight", Extent::kD, Extent::kNone};
inline constexpr RoleSpec kLmHead{Role::kLmHead, false,      "lm_head.weight", "output.weight",
                                  Extent::kV,    Extent::kD, Presence::kUntied};

inline constexpr RoleSpec kAttentionNorm{Role::kAttentionNorm, true,       "input_layernorm.weight",
                                         "attn_norm.weight",   Extent::kD, Extent::kNone};
inline constexpr RoleSpec kQuery{Role::kQuery,    true,        "self_attn.q_proj.weight",
                                 "attn_q.weight", Extent::kHE, Extent::kD};
inline constexpr RoleSpec kKey{Role::kKey,      true,        "self_attn.k_proj.weight",
                               "attn_k.weight", Extent::kKE, Extent::kD};
inline constexpr RoleSpec kValue{Role::kValue,    true,        "self_attn.v_proj.weight",
                                 "attn_v.weight", Extent::kKE, Extent::kD};
inline constexpr RoleSpec kAttentionOut{Role::kAttentionOut,  true,       "self_attn.o_proj.weight",
                                        "attn_output.weight", Extent::kD, Extent::kHE};
inline constexpr RoleSpec kQueryBias{Role::kQueryBias,        true,        "self_attn.q_proj.bias",
                                     "attn_q.bias",           Extent::kHE, Extent::kNone,
                                     Presence::kAttentionBias};
inline constexpr RoleSpec kKeyBias{Role::kKeyBias,          true,        "self_attn.k_proj.bias",
                                   "attn_k.bias",           Extent::kKE, Extent::kNone,
                                   Presence::kAttentionBias};
inline constexpr RoleSpec kValueBias{Role::kValueBias,        true,        "self_attn.v_proj.bias",
                                     "attn_v.bias",           Extent::kKE, Extent::kNone,
                                     Presence::kAttentionBias};
inline constexpr RoleSpec kAttentionOutBias{
    Role::kAttentionOutBias, true,       "self_attn.o_proj.bias",
    "attn_output.bias",      Extent::kD, Extent::kNone,
    Presence::kAttentionBias};
// Norms of query and key, each head on its own.
inline constexpr RoleSpec kHeadQueryNorm{
    Role::kQueryNorm,     true,       "self_attn.q_norm.weight",
    "attn_q_norm.weight", Extent::kE, Extent::kNone};
inline constexpr RoleSpec kHeadKeyNorm{Role::kKeyNorm,       true,       "self_attn.k_norm.weight",
                                       "attn_k_norm.weight", Extent::kE, Extent::kNone};

// The norm before the MLP of a layer without norms after attention and MLP.
inline constexpr RoleSpec kMlpNorm{Role::kMlpNorm,    true,       "post_attention_layernorm.weight",
                                   "ffn_norm.weight", Extent::kD, Extent::kNone};
// Norms after attention and MLP, where there are such.
inline constexpr RoleSpec kAttentionPostNorm{
    Role::kAttentionPostNorm,     true,       "post_attention_layernorm.weight",
    "post_attention_norm.weight", Extent::kD, Extent::kNone};
inline constexpr RoleSpec kMlpPostNorm{
    Role::kMlpPostNorm,     true,       "post_feedforward_layernorm.weight",
    "post_ffw_norm.weight", Extent::kD, Extent::kNone};
// The norm before the MLP of such a layer, if it has one (Gemma).
inline constexpr RoleSpec kMlpPreNorm{
    Role::kMlpNorm,    true,       "pre_feedforward_layernorm.weight",
    "ffn_norm.weight", Extent::kD, Extent::kNone};

inline constexpr RoleSpec kGate{Role::kGate,       true,       "mlp.gate_proj.weight",
                                "ffn_gate.weight", Extent::kF, Extent::kD};
inline constexpr RoleSpec kUp{Role::kUp,       true,       "mlp.up_proj.weight",
                              "ffn_up.weight", Extent::kF, Extent::kD};
inline constexpr RoleSpec kDown{Role::kDown,       true,       "mlp.down_proj.weight",
                                "ffn_down.weight", Extent::kD, Extent::kF};
inline constexpr RoleSpec kGateBias{Role::kGateBias,   true,       "mlp.gate_proj.bias",
                                    "ffn_gate.bias",   Extent::kF, Extent::kNone,
                                    Presence::kMlpBias};
inline constexpr RoleSpec kUpBias{Role::kUpBias, true,          "mlp.up_proj.bias", "ffn_up.bias",
                                  Extent::kF,    Extent::kNone, Presence::kMlpBias};
inline constexpr RoleSpec kDownBias{Role::kDownBias,   true,       "mlp.down_proj.bias",
                                    "ffn_down.bias",   Extent::kD, Extent::kNone,
                                    Presence::kMlpBias};

}  // namespace fairprune::roles
