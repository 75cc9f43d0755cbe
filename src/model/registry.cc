#include <algorithm>
#include <array>

#include "base/check.h"
#include "model/architecture.h"
#include "model/architectures/llama.h"

namespace fairprune {
namespace {

// A new architecture is a file under architectures/ and a line here.
constexpr std::array kArchitectures = {&kLlamaArchitecture};

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

const Architecture* FindArchitectureByModelType(std::string_view model_type) {
  for (const Architecture* architecture : kArchitectures)
    if (architecture->model_type == model_type) return architecture;
  return nullptr;
}

const Architecture* FindArchitectureByGgufName(std::string_view gguf_name) {
  for (const Architecture* architecture : kArchitectures)
    if (architecture->gguf_name == gguf_name) return architecture;
  return nullptr;
}

std::string KnownArchitectures() {
  std::string names;
  for (const Architecture* architecture : kArchitectures)
    names += (names.empty() ? "" : ", ") + std::string(architecture->name);
  return names;
}

const RoleSpec* FindRole(const Architecture& architecture, Role role) {
  const auto spec = std::ranges::find(architecture.roles, role, &RoleSpec::role);
  return spec == architecture.roles.end() ? nullptr : &*spec;
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

std::string TensorName(const RoleSpec& spec, CheckpointFormat format, int32_t layer) {
  FP_CHECK(spec.per_layer == (layer >= 0), "a layer index for roles of a layer only");
  const bool hugging_face = format == CheckpointFormat::kHuggingFace;
  const std::string_view name = hugging_face ? spec.hugging_face : spec.gguf;
  if (!spec.per_layer) return std::string(name);
  return fmt::format("{}.{}.{}", hugging_face ? "model.layers" : "blk", layer, name);
}

}  // namespace fairprune
