#include "model/architectures/qwen3.h"

#include <array>

#include "model/architectures/roles.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding,
    roles::kAttentionNorm,
    roles::kQuery,
    roles::kKey,
    roles::kValue,
    roles::kAttentionOut,
    roles::kQueryBias,
    roles::kKeyBias,
    roles::kValueBias,
    roles::kAttentionOutBias,
    roles::kHeadQueryNorm,
    roles::kHeadKeyNorm,
    roles::kMlpNorm,
    roles::kGate,
    roles::kUp,
    roles::kDown,
    roles::kFinalNorm,
    roles::kLmHead,
};

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  config.qk_norm = QkNorm::kPerHead;
  return ReadQwenWindows(json, config);
}

Status ReadGguf(const GgufReader& /*gguf*/, ModelConfig& config) {
  config.qk_norm = QkNorm::kPerHead;
  return {};
}

}  // namespace

const Architecture kQwen3Architecture = {
    .name = "qwen3",
    .model_type = "qwen3",
    .model_class = "Qwen3ForCausalLM",
    .gguf_name = "qwen3",
    .roles = kRoles,
    .default_kv_heads = 32,
    .default_head_dim = 128,
    .default_max_positions = 32768,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteQwenWindows,
};

}  // namespace fairprune
