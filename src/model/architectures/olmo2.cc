#include "model/architectures/olmo2.h"

#include <array>

#include "model/architectures/roles.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding,
    roles::kQuery,
    roles::kKey,
    roles::kValue,
    roles::kAttentionOut,
    roles::kQueryBias,
    roles::kKeyBias,
    roles::kValueBias,
    roles::kAttentionOutBias,
    RoleSpec{Role::kQueryNorm, true, "self_attn.q_norm.weight", "attn_q_norm.weight", Extent::kHE,
             Extent::kNone},
    RoleSpec{Role::kKeyNorm, true, "self_attn.k_norm.weight", "attn_k_norm.weight", Extent::kKE,
             Extent::kNone},
    roles::kAttentionPostNorm,
    roles::kGate,
    roles::kUp,
    roles::kDown,
    roles::kMlpPostNorm,
    roles::kFinalNorm,
    roles::kLmHead,
};

// The same in either format. A window in a GGUF file of this name makes it an OLMo 3, which is
// refused as every window that no reader asks for.
template <typename Reader>
Status NormWholeHeads(const Reader& /*reader*/, ModelConfig& config) {
  config.qk_norm = QkNorm::kWhole;
  return {};
}

}  // namespace

const Architecture kOlmo2Architecture = {
    .name = "olmo2",
    .model_type = "olmo2",
    .model_class = "Olmo2ForCausalLM",
    .gguf_name = "olmo2",
    .roles = kRoles,
    .default_rms_norm_eps = 1e-5,
    .read_hugging_face = NormWholeHeads<ConfigReader>,
    .read_gguf = NormWholeHeads<GgufReader>,
};

}  // namespace fairprune
