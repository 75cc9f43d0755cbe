#include "surgery/prune.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_map>

#include "base/check.h"
#include "base/version.h"
#include "io/atomic_output.h"
#include "surgery/layout.h"
#include "surgery/model_folder.h"
#include "surgery/tensor_edit.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

bool IsWritableFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

DType OutputType(const TensorEntry& entry, const PruneOptions& options) {
  if (options.dtype) return *options.dtype;
  return IsWritableFloat(entry.dtype) ? entry.dtype : DType::kF32;
}

std::string PyTorchName(DType dtype) {
  if (dtype == DType::kF16) return "float16";
  if (dtype == DType::kBF16) return "bfloat16";
  return "float32";
}

// What config.json names: the type asked for, else the input's own word, else the type that holds
// every tensor without loss.
std::string ConfigType(const Checkpoint& checkpoint, const Model& model,
                       const PruneOptions& options) {
  if (options.dtype) return PyTorchName(*options.dtype);
  if (const Json* config = checkpoint.config())
    for (const char* key : {"dtype", "torch_dtype"})
      if (config->contains(key) && config->at(key).is_string())
        return config->at(key).get<std::string>();
  const DType first = OutputType(*model.weights.front().entry, options);
  const bool all_same = std::ranges::all_of(model.weights, [&](const WeightRef& ref) {
    return OutputType(*ref.entry, options) == first;
  });
  return PyTorchName(all_same ? first : DType::kF32);
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
  const bool of_neurons = ref.role == Role::kGate || ref.role == Role::kUp ||
                          ref.role == Role::kGateBias || ref.role == Role::kUpBias;
  if (!of_neurons || !layout.Changes(ref.layer)) return {};
  return layout.Sources(ref.layer);
}

// The roles that one stored tensor plays, those of its first rows first.
using Parts = std::vector<const WeightRef*>;

TensorEdit EditOf(const Parts& parts, const ModelConfig& config, const PruneLayout& layout) {
  TensorEdit edit;
  const WeightRef& first = *parts.front();
  edit.add = first.offset - HuggingFaceOffset(config, first.role);
  if (first.role == Role::kDown && layout.Changes(first.layer))
    edit.cols = layout.Sources(first.layer);
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

// Every tensor of the input, in its order, under its Hugging Face name. Those that no role names
// (another half of the model, a tied head's copy) are written as they are; GGUF's rotary factors
// are in config.json instead.
std::vector<TensorToWrite> EditedTensors(const Checkpoint& checkpoint, const Model& model,
                                         const PruneLayout& layout, const PruneOptions& options) {
  const auto parts_of = PartsOfTensors(model);
  const bool hugging_face = checkpoint.format() == CheckpointFormat::kHuggingFace;
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : checkpoint.tensors().entries()) {
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end()) {
      if (hugging_face)
        tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
      continue;
    }
    const WeightRef& first = *found->second.front();
    std::string name =
        hugging_face ? entry.name : HuggingFaceName(model.config, first.role, first.layer);
    tensors.push_back(EditToWrite(std::move(name), entry,
                                  EditOf(found->second, model.config, layout),
                                  OutputType(entry, options)));
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
  for (const auto& [entry, parts] : PartsOfTensors(model)) {
    const Shape edited = EditedShape(entry->shape, EditOf(parts, model.config, layout));
    summary.parameters_after += NumElements(edited) - NumElements(entry->shape);
  }
  return summary;
}

std::string ProvenanceJson(const std::string& source_name, const Plan& plan, PruneMode mode,
                           const PruneSummary& summary) {
  const Json provenance = {{"schema_version", 1},
                           {"program", "fairprune"},
                           {"version", std::string(Version())},
                           {"source", source_name},
                           {"source_sha256", plan.model_hash},
                           {"mode", mode == PruneMode::kZero ? "zero" : "remove"},
                           {"method", plan.method},
                           {"intermediate_size_before", summary.intermediate_size_before},
                           {"intermediate_size_after", summary.intermediate_size_after},
                           {"parameters_before", summary.parameters_before},
                           {"parameters_after", summary.parameters_after},
                           {"neurons_planned", summary.neurons_planned},
                           {"neurons_removed", summary.neurons_removed},
                           {"neurons_zeroed", summary.neurons_zeroed},
                           {"removed", summary.removed},
                           {"zeroed", summary.zeroed}};
  return DumpJson(provenance) + "\n";
}

Status CheckDestination(const Checkpoint& checkpoint, const std::string& out_dir,
                        const PruneOptions& options) {
  if (options.dtype && !IsWritableFloat(*options.dtype))
    return Fail(ErrorCode::kInvalidArgument, "dtype {}: expected F32, F16 or BF16",
                NameOf(*options.dtype));
  if (options.max_shard_bytes < 1)
    return Fail(ErrorCode::kInvalidArgument, "max_shard_bytes is {}; expected 1 or more",
                options.max_shard_bytes);
  std::error_code ignored;
  if (fs::equivalent(out_dir, checkpoint.path(), ignored))
    return Fail(ErrorCode::kInvalidArgument, "{}: is the model itself; write to another folder",
                out_dir);
  if (!options.force && fs::exists(fs::symlink_status(out_dir, ignored)))
    return Fail(ErrorCode::kExists, "{}: exists already; choose another name, or use --force",
                out_dir);
  return {};
}

// The last part of a path, whatever it ends in: where a model lies on a disk is nobody's business.
std::string BaseName(const std::string& path) {
  const fs::path clean = fs::path(path).lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

}  // namespace

Result<PruneSummary> PruneCheckpoint(const Checkpoint& checkpoint, const Model& model,
                                     const Tokenizer* tokenizer, const Plan& plan,
                                     const std::string& out_dir, const PruneOptions& options) {
  FP_RETURN_IF_ERROR(CheckDestination(checkpoint, out_dir, options));
  FP_ASSIGN_OR_RETURN(std::string hash, checkpoint.ContentHash());
  FP_RETURN_IF_ERROR(
      CheckPlanFits(plan, hash, model.config.num_layers, model.config.intermediate_size));
  FP_ASSIGN_OR_RETURN(PruneLayout layout, LayOut(plan, model.config, options));
  PruneSummary summary = Summarise(model, plan, layout);
  FP_ASSIGN_OR_RETURN(std::string config, ToConfigJson(checkpoint, model, layout.width_after,
                                                       ConfigType(checkpoint, model, options)));
  FP_ASSIGN_OR_RETURN(AtomicDirectory directory, AtomicDirectory::Create(out_dir, options.force));
  const std::string& folder = directory.working_path();
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/config.json", config));
  FP_RETURN_IF_ERROR(WriteTensors(folder, EditedTensors(checkpoint, model, layout, options),
                                  options.max_shard_bytes));
  FP_RETURN_IF_ERROR(WriteSideFiles(folder, checkpoint, tokenizer));
  FP_RETURN_IF_ERROR(WriteFileAtomically(
      folder + "/fairprune.json",
      ProvenanceJson(BaseName(checkpoint.path()), plan, options.mode, summary)));
  FP_ASSIGN_OR_RETURN(summary.bytes_written, FolderBytes(folder));
  FP_RETURN_IF_ERROR(directory.Commit());
  return summary;
}

}  // namespace fairprune
