#include "model/model.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

#include "base/check.h"
#include "model/architecture.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

const Architecture& ArchitectureOf(const ModelConfig& config) {
  const Architecture* architecture = FindArchitecture(config.architecture);
  FP_CHECK(architecture != nullptr, "the config of a described model");
  return *architecture;
}

bool IsNorm(Role role) {
  switch (role) {
    case Role::kFinalNorm:
    case Role::kAttentionNorm:
    case Role::kAttentionPostNorm:
    case Role::kQueryNorm:
    case Role::kKeyNorm:
    case Role::kMlpNorm:
    case Role::kMlpPostNorm:
      return true;
    default:
      return false;
  }
}

// The rows of the stored tensor that belong to a part: first row, and how many rows the tensor has.
struct PartRows {
  int64_t first = 0, total = 0;
};
PartRows RowsOf(Part part, const ModelConfig& config, int64_t own_rows) {
  const int64_t q = config.num_heads * config.head_dim;
  const int64_t kv = config.num_kv_heads * config.head_dim;
  const int64_t f = config.intermediate_size;
  switch (part) {
    case Part::kWhole:
      break;
    case Part::kQuery:
      return {0, q + 2 * kv};
    case Part::kKey:
      return {q, q + 2 * kv};
    case Part::kValue:
      return {q + kv, q + 2 * kv};
    case Part::kGate:
      return {0, 2 * f};
    case Part::kUp:
      return {f, 2 * f};
  }
  return {0, own_rows};
}

// The naming in which the file has the embedding; kPlain if in none.
HuggingFaceNaming NamingOf(const Checkpoint& checkpoint, const Architecture& architecture) {
  if (checkpoint.format() != CheckpointFormat::kHuggingFace || architecture.multimodal_type.empty())
    return HuggingFaceNaming::kPlain;
  const RoleSpec* embedding = FindRole(architecture, Role::kTokenEmbedding);
  FP_CHECK(embedding != nullptr, "every architecture has an embedding");
  for (const HuggingFaceNaming naming :
       {HuggingFaceNaming::kInsideFirst, HuggingFaceNaming::kInsideModel})
    if (checkpoint.tensors().Find(HuggingFaceTensorName(*embedding, -1, naming)) != nullptr)
      return naming;
  return HuggingFaceNaming::kPlain;
}

// The config as one layer has it.
ModelConfig OfLayer(const ModelConfig& config, int32_t layer) {
  ModelConfig own = config;
  if (layer >= 0 && !config.layer_widths.empty())
    own.intermediate_size = config.layer_widths[static_cast<size_t>(layer)];
  return own;
}

// Finds the tensor of one role and layer, checks its shape and adds it to the model.
Status AddWeight(const Checkpoint& checkpoint, const RoleSpec& spec, int32_t layer,
                 HuggingFaceNaming naming, Model& model) {
  const bool gguf = checkpoint.format() == CheckpointFormat::kGguf;
  const std::string name =
      gguf ? GgufTensorName(spec, layer) : HuggingFaceTensorName(spec, layer, naming);
  const Architecture& architecture = ArchitectureOf(model.config);
  WeightRef ref{.role = spec.role, .layer = layer};
  const ModelConfig config = OfLayer(model.config, layer);
  ref.shape = ShapeOf(spec, config);
  const PartRows rows = RowsOf(spec.part, config, ref.shape[0]);
  ref.first_row = rows.first;
  Shape expected = ref.shape;
  expected[0] = rows.total;
  ref.entry = checkpoint.tensors().Find(name);
  if (ref.entry == nullptr)
    return Fail(ErrorCode::kNotFound, "{}: tensor {}: missing ({} expects shape {})",
                checkpoint.path(), name, model.config.architecture, ToString(expected));
  if (ref.entry->shape != expected)
    return Fail(ErrorCode::kMismatch, "{}: tensor {}: expected shape {} by the config, found {}{}",
                checkpoint.path(), name, ToString(expected), ToString(ref.entry->shape),
                spec.role == Role::kTokenEmbedding ? " (its rows are the vocabulary)" : "");
  const bool rotated = spec.role == Role::kQuery || spec.role == Role::kKey ||
                       spec.role == Role::kQueryBias || spec.role == Role::kKeyBias;
  ref.rotary_permuted = rotated && gguf && architecture.gguf_permutes_rotary;
  if (!gguf) ref.offset = HuggingFaceOffset(model.config, spec.role);
  model.num_parameters += NumElements(ref.shape);
  model.weights.push_back(std::move(ref));
  return {};
}

// Tensors that files carry and no computation needs: stored rotary tables; GGUF's rotary factors,
// which the config holds; the head of a tied model, which transformers ignores; what turns images
// into embeddings.
bool IsExpendable(const std::string& name, const ModelConfig& config, HuggingFaceNaming naming) {
  constexpr std::array<std::string_view, 4> kImages = {"vision_tower.", "multi_modal_projector.",
                                                       "model.vision_tower.",
                                                       "model.multi_modal_projector."};
  if (naming != HuggingFaceNaming::kPlain &&
      std::ranges::any_of(kImages, [&](auto prefix) { return name.starts_with(prefix); }))
    return true;
  const bool head = name == "lm_head.weight" || name == "language_model.lm_head.weight";
  return name.ends_with(".rotary_emb.inv_freq") || name == "rope_freqs.weight" ||
         name == "rope_factors_long.weight" || name == "rope_factors_short.weight" ||
         (head && config.tie_word_embeddings);
}

// A tensor that no role names would be left out of the computation: another model than it claims.
Status RefuseUnknownTensors(const Checkpoint& checkpoint, HuggingFaceNaming naming,
                            const Model& model) {
  std::unordered_set<const TensorEntry*> used;
  for (const WeightRef& ref : model.weights) used.insert(ref.entry);
  for (const TensorEntry& entry : checkpoint.tensors().entries())
    if (!used.contains(&entry) && !IsExpendable(entry.name, model.config, naming))
      return Fail(ErrorCode::kUnsupported,
                  "{}: tensor {} {}: a {} model of this config has no such weight",
                  checkpoint.path(), entry.name, ToString(entry.shape), model.config.architecture);
  return {};
}

}  // namespace

std::string_view NameOf(Role role) {
  switch (role) {
    case Role::kTokenEmbedding:
      return "embed_tokens";
    case Role::kFinalNorm:
      return "norm";
    case Role::kLmHead:
      return "lm_head";
    case Role::kAttentionNorm:
      return "norm before attention";
    case Role::kQuery:
      return "q_proj";
    case Role::kKey:
      return "k_proj";
    case Role::kValue:
      return "v_proj";
    case Role::kAttentionOut:
      return "o_proj";
    case Role::kQueryBias:
      return "q_proj.bias";
    case Role::kKeyBias:
      return "k_proj.bias";
    case Role::kValueBias:
      return "v_proj.bias";
    case Role::kAttentionOutBias:
      return "o_proj.bias";
    case Role::kQueryNorm:
      return "q_norm";
    case Role::kKeyNorm:
      return "k_norm";
    case Role::kAttentionPostNorm:
      return "norm after attention";
    case Role::kMlpNorm:
      return "norm before the MLP";
    case Role::kMlpPostNorm:
      return "norm after the MLP";
    case Role::kGate:
      return "gate_proj";
    case Role::kUp:
      return "up_proj";
    case Role::kDown:
      return "down_proj";
    case Role::kGateBias:
      return "gate_proj.bias";
    case Role::kUpBias:
      return "up_proj.bias";
    case Role::kDownBias:
      return "down_proj.bias";
  }
  return "unknown role";
}

const WeightRef* Model::Find(Role role, int32_t layer) const {
  const auto found = std::ranges::find_if(
      weights, [&](const WeightRef& ref) { return ref.role == role && ref.layer == layer; });
  return found == weights.end() ? nullptr : &*found;
}

int64_t Model::num_neurons() const {
  return config.layer_widths.empty()
             ? config.num_layers * config.intermediate_size
             : std::accumulate(config.layer_widths.begin(), config.layer_widths.end(), int64_t{0});
}

Result<Model> DescribeModel(const Checkpoint& checkpoint) {
  const bool hugging_face = checkpoint.format() == CheckpointFormat::kHuggingFace;
  Model model;
  model.tensors = &checkpoint.tensors();
  if (hugging_face) {
    FP_CHECK(checkpoint.config() != nullptr, "a Hugging Face folder has a config");
    FP_ASSIGN_OR_RETURN(model.config, ParseHuggingFaceConfig(*checkpoint.config(),
                                                             checkpoint.path() + "/config.json"));
  } else {
    FP_ASSIGN_OR_RETURN(model.config, ParseGgufConfig(*checkpoint.gguf(), checkpoint.path()));
  }
  const Architecture& architecture = ArchitectureOf(model.config);
  const HuggingFaceNaming naming = NamingOf(checkpoint, architecture);
  for (const RoleSpec& spec : architecture.roles)
    if (!spec.per_layer && IsPresent(spec, model.config))
      FP_RETURN_IF_ERROR(AddWeight(checkpoint, spec, -1, naming, model));
  for (int64_t layer = 0; layer < model.config.num_layers; ++layer)
    for (const RoleSpec& spec : architecture.roles)
      if (spec.per_layer && IsPresent(spec, model.config))
        FP_RETURN_IF_ERROR(AddWeight(checkpoint, spec, static_cast<int32_t>(layer), naming, model));
  FP_RETURN_IF_ERROR(RefuseUnknownTensors(checkpoint, naming, model));
  return model;
}

Result<Tensor> LoadWeight(const Model& model, const WeightRef& ref) {
  FP_CHECK(ref.entry != nullptr, "a WeightRef of a described model");
  const int64_t num_rows = ref.shape[0];
  const int64_t row_size = NumElements(ref.shape) / num_rows;
  Tensor stored(ref.shape);
  if (const Status read = ReadAsF32(*ref.entry, ref.first_row * row_size, stored.span()); !read)
    return WithContext(read.error(), "tensor " + ref.entry->name);
  if (ref.offset != 0)
    for (float& value : stored.span()) value += ref.offset;
  if (!ref.rotary_permuted) return stored;
  const int64_t head_dim = model.config.head_dim;
  Tensor wanted(ref.shape);
  for (int64_t row = 0; row < num_rows; ++row) {
    const int64_t within = row % head_dim;
    const int64_t target = row - within + (within % 2) * (head_dim / 2) + within / 2;
    std::copy_n(stored.data() + row * row_size, row_size, wanted.data() + target * row_size);
  }
  return wanted;
}

float HuggingFaceOffset(const ModelConfig& config, Role role) {
  return IsNorm(role) ? ArchitectureOf(config).hugging_face_norm_offset : 0.0f;
}

std::string HuggingFaceName(const ModelConfig& config, Role role, int32_t layer) {
  const RoleSpec* spec = FindRole(ArchitectureOf(config), role);
  FP_CHECK(spec != nullptr, "a role of the model's architecture");
  return HuggingFaceTensorName(*spec, layer, HuggingFaceNaming::kPlain);
}

}  // namespace fairprune
