#include "model/architectures/llama.h"

#include <array>

#include "model/architectures/roles.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding, roles::kAttentionNorm,
    roles::kQuery,     roles::kKey,
    roles::kValue,     roles::kAttentionOut,
    roles::kQueryBias, roles::kKeyBias,
    roles::kValueBias, roles::kAttentionOutBias,
    roles::kMlpNorm,   roles::kGate,
    roles::kUp,        roles::kDown,
    roles::kGateBias,  roles::kUpBias,
    roles::kDownBias,  roles::kFinalNorm,
    roles::kLmHead,
};

}  // namespace

const Architecture kLlamaArchitecture = {
    .name = "llama",
    .model_type = "llama",
    .model_class = "LlamaForCausalLM",
    .gguf_name = "llama",
    .roles = kRoles,
    .gguf_permutes_rotary = true,
    .gguf_has_attention_bias = true,
    .gguf_has_mlp_bias = true,
};

// llama.cpp's name for Llama's layers of different widths (DeciLM, Nemotron); layers without
// attention, which those may have too, are not read. transformers has no class for them.
const Architecture kDeciArchitecture = {
    .name = "deci",
    .model_type = "",
    .model_class = "",
    .gguf_name = "deci",
    .roles = kRoles,
    .gguf_widths_per_layer = true,
    .gguf_permutes_rotary = true,
};

}  // namespace fairprune
