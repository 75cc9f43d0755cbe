#include "surgery/output_tensors.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"

namespace fairprune {
namespace {

std::string PyTorchName(DType dtype) {
  if (dtype == DType::kF16) return "float16";
  if (dtype == DType::kBF16) return "bfloat16";
  return "float32";
}

// Whether the role's weight has a row or a column per neuron.
bool IsOfNeurons(Role role) {
  return role == Role::kGate || role == Role::kUp || role == Role::kDown ||
         role == Role::kGateBias || role == Role::kUpBias;
}

std::vector<int64_t> UndoRotaryOrder(const ModelConfig& config, int64_t num_rows) {
  std::vector<int64_t> sources(static_cast<size_t>(num_rows));
  for (int64_t row = 0; row < num_rows; ++row) {
    const int64_t within = row % config.head_dim;
    const int64_t target = row - within + (within % 2) * (config.head_dim / 2) + within / 2;
    sources[static_cast<size_t>(target)] = row;
  }
  return sources;
}

// Per row of the weight as it is written: the row of the weight's own part of its tensor, or -1.
// Empty: as they are.
std::vector<int64_t> SourceRows(const WeightRef& ref, const ModelConfig& config,
                                const PruneLayout& layout) {
  if (ref.rotary_permuted) return UndoRotaryOrder(config, ref.shape[0]);
  if (ref.role == Role::kDown || !IsOfNeurons(ref.role) || !layout.Changes(ref.layer)) return {};
  return layout.Sources(ref.layer);
}

}  // namespace

bool IsWritableFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

DType OutputType(const TensorEntry& entry, std::optional<DType> asked) {
  if (asked) return *asked;
  return IsWritableFloat(entry.dtype) ? entry.dtype : DType::kF32;
}

std::string ConfigType(const Checkpoint& checkpoint, const Model& model,
                       std::optional<DType> asked) {
  if (asked) return PyTorchName(*asked);
  if (const Json* config = checkpoint.config())
    for (const char* key : {"dtype", "torch_dtype"})
      if (config->contains(key) && config->at(key).is_string())
        return config->at(key).get<std::string>();
  const DType first = OutputType(*model.weights.front().entry, asked);
  const bool all_same = std::ranges::all_of(
      model.weights, [&](const WeightRef& ref) { return OutputType(*ref.entry, asked) == first; });
  return PyTorchName(all_same ? first : DType::kF32);
}

bool LosesNeurons(Role role, int32_t layer, const PruneLayout& layout) {
  return layer >= 0 && IsOfNeurons(role) && layout.Changes(layer);
}

LayerNames::LayerNames(const Model& model) {
  for (const WeightRef& ref : model.weights) {
    if (ref.layer < 0) continue;
    const size_t at = ref.entry->name.find(fmt::format(".{}.", ref.layer));
    FP_CHECK(at != std::string::npos, "a layer's tensor has its number in its name");
    prefix_ = ref.entry->name.substr(0, at + 1);
    return;
  }
}

int32_t LayerNames::LayerOf(const std::string& name) const {
  if (prefix_.empty() || !name.starts_with(prefix_)) return -1;
  int32_t layer = -1;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + prefix_.size(), end, layer);
  return error == std::errc() && rest != end && *rest == '.' && layer >= 0 ? layer : -1;
}

std::string LayerNames::Renumbered(const std::string& name, int32_t layer) const {
  return fmt::format("{}{}{}", prefix_, layer, name.substr(name.find('.', prefix_.size())));
}

TensorEdit EditOf(const Parts& parts, const ModelConfig& config, const PruneLayout& layout) {
  TensorEdit edit;
  const WeightRef& first = *parts.front();
  edit.add = first.offset - HuggingFaceOffset(config, first.role);
  if (first.role == Role::kDown && layout.Changes(first.layer)) {
    edit.cols = layout.Sources(first.layer);
    edit.mix = layout.MixOf(first.layer);
  }
  bool changed = false;
  int64_t num_rows = 0;
  for (const WeightRef* ref : parts) {
    FP_CHECK(ref->first_row == num_rows, "the parts of a fused tensor lie below each other");
    num_rows += ref->shape[0];
    std::vector<int64_t> rows = SourceRows(*ref, config, layout);
    changed |= !rows.empty();
    if (rows.empty()) {
      rows.resize(static_cast<size_t>(ref->shape[0]));
      std::iota(rows.begin(), rows.end(), int64_t{0});
    }
    for (const int64_t row : rows) edit.rows.push_back(row < 0 ? row : ref->first_row + row);
  }
  FP_CHECK(num_rows == first.entry->shape[0], "the parts of a fused tensor fill it");
  if (!changed) edit.rows.clear();
  return edit;
}

std::unordered_map<const TensorEntry*, Parts> PartsOfTensors(const Model& model) {
  std::unordered_map<const TensorEntry*, Parts> tensors;
  for (const WeightRef& ref : model.weights) tensors[ref.entry].push_back(&ref);
  for (auto& [entry, parts] : tensors) std::ranges::sort(parts, {}, &WeightRef::first_row);
  return tensors;
}

std::vector<TensorToWrite> OutputTensors(const Checkpoint& checkpoint, const Model& model,
                                         const PruneLayout& layout, std::optional<DType> asked) {
  const auto parts_of = PartsOfTensors(model);
  const LayerNames names(model);
  const bool hugging_face = checkpoint.format() == CheckpointFormat::kHuggingFace;
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : checkpoint.tensors().entries()) {
    const int32_t layer = names.LayerOf(entry.name);
    if (layer >= 0 && layout.Drops(layer)) continue;
    std::string name =
        layer < 0 ? entry.name : names.Renumbered(entry.name, layout.LayerAfter(layer));
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end()) {
      if (hugging_face)
        tensors.push_back(ViewToWrite(std::move(name), entry.dtype, entry.shape, entry.bytes));
      continue;
    }
    const WeightRef& first = *found->second.front();
    if (!hugging_face)
      name = HuggingFaceName(model.config, first.role, layer < 0 ? -1 : layout.LayerAfter(layer));
    tensors.push_back(EditToWrite(std::move(name), entry,
                                  EditOf(found->second, model.config, layout),
                                  OutputType(entry, asked)));
  }
  return tensors;
}

PruneSummary Summarise(const Model& model, const Plan& plan, const PruneLayout& layout) {
  PruneSummary summary;
  summary.intermediate_size_before = layout.width_before;
  summary.intermediate_size_after = layout.width_after;
  summary.neurons_planned = static_cast<int64_t>(plan.neurons.size());
  summary.removed = layout.removed;
  summary.zeroed = layout.zeroed;
  for (const auto& layer : layout.removed)
    summary.neurons_removed += static_cast<int64_t>(layer.size());
  for (const auto& layer : layout.zeroed)
    summary.neurons_zeroed += static_cast<int64_t>(layer.size());
  summary.parameters_before = summary.parameters_after = model.num_parameters;
  summary.layers_before = std::ssize(layout.removed);
  summary.layers_after = layout.num_layers_after();
  summary.layers_removed = layout.dropped;
  if (layout.IsUneven())
    for (const int32_t layer : layout.KeptLayers())
      summary.widths_after.push_back(layout.WidthAfter(layer));
  for (const auto& [entry, parts] : PartsOfTensors(model)) {
    if (parts.front()->layer >= 0 && layout.Drops(parts.front()->layer)) {
      summary.parameters_after -= NumElements(entry->shape);
      continue;
    }
    const Shape edited = EditedShape(entry->shape, EditOf(parts, model.config, layout));
    summary.parameters_after += NumElements(edited) - NumElements(entry->shape);
  }
  return summary;
}

}  // namespace fairprune
