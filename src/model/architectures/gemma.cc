#include "model/architectures/gemma.h"

#include <array>
#include <cmath>

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
    roles::kFinalNorm, roles::kLmHead,
};

// The same in either format, which says nothing about it.
template <typename Reader>
Status ScaleEmbedding(const Reader& /*reader*/, ModelConfig& config) {
  config.embedding_multiplier = std::sqrt(static_cast<double>(config.hidden_size));
  return {};
}

}  // namespace

const Architecture kGemmaArchitecture = {
    .name = "gemma",
    .model_type = "gemma",
    .model_class = "GemmaForCausalLM",
    .gguf_name = "gemma",
    .roles = kRoles,
    .default_activation = Activation::kGeluTanh,
    .activation_key = ActivationKey::kGemma,
    .default_tie_word_embeddings = true,
    .default_kv_heads = 16,
    .default_head_dim = 256,
    .default_max_positions = 8192,
    .hugging_face_norm_offset = 1,
    .read_hugging_face = ScaleEmbedding<ConfigReader>,
    .read_gguf = ScaleEmbedding<GgufReader>,
};

}  // namespace fairprune
