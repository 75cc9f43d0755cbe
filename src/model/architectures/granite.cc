#include "model/architectures/granite.h"

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

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(config.embedding_multiplier, json.DoubleOr("embedding_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.residual_multiplier, json.DoubleOr("residual_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.attention_scale, json.DoubleOr("attention_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.logit_divisor, json.DoubleOr("logits_scaling", 1));
  return {};
}

}  // namespace

const Architecture kGraniteArchitecture = {
    .name = "granite",
    .model_type = "granite",
    .model_class = "GraniteForCausalLM",
    .gguf_name = "",
    .roles = kRoles,
    .gguf_permutes_rotary = true,
    .read_hugging_face = ReadHuggingFace,
};

}  // namespace fairprune
