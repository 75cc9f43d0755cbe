#include "model/architectures/mistral.h"

#include <array>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding, roles::kAttentionNorm, roles::kQuery,     roles::kKey,
    roles::kValue,     roles::kAttentionOut,  roles::kMlpNorm,   roles::kGate,
    roles::kUp,        roles::kDown,          roles::kFinalNorm, roles::kLmHead,
};

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(int64_t window, json.WindowOr("sliding_window", 4096));
  for (LayerAttention& layer : config.attention) layer.window = window;
  return {};
}

}  // namespace

// llama.cpp has no name of its own for it: its GGUF files are those of the Llama architecture.
const Architecture kMistralArchitecture = {
    .name = "mistral",
    .model_type = "mistral",
    .model_class = "MistralForCausalLM",
    .gguf_name = "",
    .gguf_as = "llama",
    .roles = kRoles,
    .default_kv_heads = 8,
    .default_max_positions = 4096 * 32,
    .read_hugging_face = ReadHuggingFace,
};

}  // namespace fairprune
