#include <algorithm>
#include <array>

#include "base/check.h"
#include "model/architecture.h"
#include "model/architectures/gemma.h"
#include "model/architectures/gemma2.h"
#include "model/architectures/gemma3.h"
#include "model/architectures/granite.h"
#include "model/architectures/llama.h"
#include "model/architectures/mistral.h"
#include "model/architectures/olmo2.h"
#include "model/architectures/phi3.h"
#include "model/architectures/qwen2.h"
#include "model/architectures/qwen3.h"
#include "model/architectures/smollm3.h"

namespace fairprune {
namespace {

// A new architecture is a file under architectures/ and a line here.
constexpr std::array kArchitectures = {
    &kLlamaArchitecture, &kDeciArchitecture,    &kMistralArchitecture, &kQwen2Architecture,
    &kQwen3Architecture, &kGemmaArchitecture,   &kGemma2Architecture,  &kGemma3Architecture,
    &kPhi3Architecture,  &kGraniteArchitecture, &kOlmo2Architecture,   &kSmolLm3Architecture,
};

// Families that cannot be supported by a table alone, by what they are called in either format.
constexpr std::string_view kExperts =
    "a mixture of experts, where each token runs through other MLPs, is not supported";
constexpr std::string_view kNoGate =
    "its MLP has no gate (it is no GLU), so it has no neurons as this program defines them";
struct Refused {
  std::string_view name, reason;
};
constexpr std::array kRefused = {
    Refused{"mixtral", kExperts},
    Refused{"qwen2_moe", kExperts},
    Refused{"qwen2moe", kExperts},
    Refused{"qwen3_moe", kExperts},
    Refused{"qwen3moe", kExperts},
    Refused{"qwen3_next", kExperts},
    Refused{"qwen3next", kExperts},
    Refused{"granitemoe", kExperts},
    Refused{"granitemoeshared", kExperts},
    Refused{"granitemoehybrid", kExperts},
    Refused{"granitehybrid", kExperts},
    Refused{"olmoe", kExperts},
    Refused{"flex_olmo", kExperts},
    Refused{"phimoe", kExperts},
    Refused{"deepseek", kExperts},
    Refused{"deepseek_v2", kExperts},
    Refused{"deepseek_v3", kExperts},
    Refused{"deepseek2", kExperts},
    Refused{"gpt_oss", kExperts},
    Refused{"gpt-oss", kExperts},
    Refused{"jetmoe", kExperts},
    Refused{"dbrx", kExperts},
    Refused{"jamba", kExperts},
    Refused{"llama4", kExperts},
    Refused{"llama4_text", kExperts},
    Refused{"ernie4_5_moe", kExperts},
    Refused{"ernie4_5-moe", kExperts},
    Refused{"glm4_moe", kExperts},
    Refused{"glm4moe", kExperts},
    Refused{"hunyuan_v1_moe", kExperts},
    Refused{"hunyuan-moe", kExperts},
    Refused{"arctic", kExperts},
    Refused{"grok", kExperts},
    Refused{"minimax", kExperts},
    Refused{"gpt2", kNoGate},
    Refused{"gpt_neo", kNoGate},
    Refused{"gpt_neox", kNoGate},
    Refused{"gptneox", kNoGate},
    Refused{"gptj", kNoGate},
    Refused{"gpt_bigcode", kNoGate},
    Refused{"opt", kNoGate},
    Refused{"phi", kNoGate},
    Refused{"phi2", kNoGate},
    Refused{"falcon", kNoGate},
    Refused{"bloom", kNoGate},
    Refused{"mpt", kNoGate},
    Refused{"starcoder", kNoGate},
    Refused{"starcoder2", kNoGate},
    Refused{"nemotron", kNoGate},
    Refused{"persimmon", kNoGate},
};

int64_t ExtentOf(Extent extent, const ModelConfig& config) {
  switch (extent) {
    case Extent::kNone:
      return 1;
    case Extent::kD:
      return config.hidden_size;
    case Extent::kF:
      return config.intermediate_size;
    case Extent::kV:
      return config.vocab_size;
    case Extent::kE:
      return config.head_dim;
    case Extent::kHE:
      return config.num_heads * config.head_dim;
    case Extent::kKE:
      return config.num_kv_heads * config.head_dim;
  }
  return 0;
}

}  // namespace

const Architecture* FindArchitecture(std::string_view name) {
  for (const Architecture* architecture : kArchitectures)
    if (architecture->name == name) return architecture;
  return nullptr;
}

const Architecture* FindArchitectureByModelType(std::string_view model_type) {
  for (const Architecture* architecture : kArchitectures)
    if (!model_type.empty() &&
        (architecture->model_type == model_type || architecture->multimodal_type == model_type))
      return architecture;
  return nullptr;
}

const Architecture* FindArchitectureByGgufName(std::string_view gguf_name) {
  for (const Architecture* architecture : kArchitectures)
    if (!gguf_name.empty() && architecture->gguf_name == gguf_name) return architecture;
  return nullptr;
}

std::string_view WhyRefused(std::string_view name) {
  const auto found = std::ranges::find(kRefused, name, &Refused::name);
  return found == kRefused.end() ? std::string_view() : found->reason;
}

std::string KnownArchitectures() {
  std::string names;
  for (const Architecture* architecture : kArchitectures)
    if (!architecture->model_type.empty())  // one of GGUF alone is made by `prune`
      names += (names.empty() ? "" : ", ") + std::string(architecture->name);
  return names;
}

const RoleSpec* FindRole(const Architecture& architecture, Role role) {
  const auto spec = std::ranges::find(architecture.roles, role, &RoleSpec::role);
  return spec == architecture.roles.end() ? nullptr : &*spec;
}

bool HasPresence(const Architecture& architecture, Presence presence) {
  return std::ranges::find(architecture.roles, presence, &RoleSpec::presence) !=
         architecture.roles.end();
}

bool HasBiasKey(const Architecture& architecture) {
  return HasPresence(architecture, Presence::kAttentionBias) && !architecture.attention_bias;
}

Shape ShapeOf(const RoleSpec& spec, const ModelConfig& config) {
  Shape shape = {ExtentOf(spec.rows, config)};
  if (spec.cols != Extent::kNone) shape.push_back(ExtentOf(spec.cols, config));
  return shape;
}

bool IsPresent(const RoleSpec& spec, const ModelConfig& config) {
  switch (spec.presence) {
    case Presence::kAlways:
      return true;
    case Presence::kUntied:
      return !config.tie_word_embeddings;
    case Presence::kAttentionBias:
      return config.attention_bias;
    case Presence::kMlpBias:
      return config.mlp_bias;
  }
  return false;
}

std::string HuggingFaceTensorName(const RoleSpec& spec, int32_t layer, HuggingFaceNaming naming) {
  FP_CHECK(spec.per_layer == (layer >= 0), "a layer index for roles of a layer only");
  std::string name(spec.hugging_face);
  if (spec.per_layer) name = fmt::format("model.layers.{}.{}", layer, name);
  if (naming == HuggingFaceNaming::kInsideFirst) return "language_model." + name;
  if (naming == HuggingFaceNaming::kInsideModel && name.starts_with("model."))
    return "model.language_model." + name.substr(std::string_view("model.").size());
  return name;
}

std::string GgufTensorName(const RoleSpec& spec, int32_t layer) {
  FP_CHECK(spec.per_layer == (layer >= 0), "a layer index for roles of a layer only");
  if (!spec.per_layer) return std::string(spec.gguf);
  return fmt::format("blk.{}.{}", layer, spec.gguf);
}

}  // namespace fairprune
