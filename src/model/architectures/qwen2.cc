#include "model/architectures/qwen2.h"

#include <array>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding, roles::kAttentionNorm, roles::kQuery,     roles::kKey,
    roles::kValue,     roles::kAttentionOut,  roles::kQueryBias, roles::kKeyBias,
    roles::kValueBias, roles::kMlpNorm,       roles::kGate,      roles::kUp,
    roles::kDown,      roles::kFinalNorm,     roles::kLmHead,
};

}  // namespace

const Architecture kQwen2Architecture = {
    .name = "qwen2",
    .model_type = "qwen2",
    .model_class = "Qwen2ForCausalLM",
    .gguf_name = "qwen2",
    .roles = kRoles,
    .default_kv_heads = 32,
    .default_max_positions = 32768,
    .attention_bias = true,
    .read_hugging_face = ReadQwenWindows,
    .write_hugging_face = WriteQwenWindows,
};

}  // namespace fairprune
