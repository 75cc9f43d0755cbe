#include "surgery/prune_gguf.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "checkpoint/gguf_write.h"
#include "checkpoint/quantize.h"
#include "surgery/compensation.h"
#include "surgery/destination.h"
#include "surgery/gguf_output.h"

namespace fairprune {
namespace {

constexpr const char* kProvenance = "fairprune.provenance";

// Rows without the neurons; in GGUF no row changes its place. Where down_proj only gets zeros, and
// keeps its blocks, it stays as it is: the neuron's gate and up are 0 and so is what it multiplies,
// and a zero inside a block would round its 31 neighbours anew.
TensorEdit GgufEdit(const Parts& parts, const PruneLayout& layout, bool keeps_type) {
  const WeightRef& first = *parts.front();
  TensorEdit edit;
  if (!LosesNeurons(first.role, first.layer, layout)) return edit;
  const std::vector<int64_t> sources = layout.Sources(first.layer);
  if (first.role == Role::kDown) {
    const bool only_zeros = layout.WidthAfter(first.layer) == layout.width_before;
    edit.mix = layout.MixOf(first.layer);
    if (edit.mix != nullptr || !(only_zeros && keeps_type && IsBlockType(first.entry->dtype)))
      edit.cols = sources;
    return edit;
  }
  for (const WeightRef* part : parts)
    for (const int64_t row : sources) edit.rows.push_back(row < 0 ? row : part->first_row + row);
  return edit;
}

// Matrices become what was asked for; vectors keep their type, as llama.cpp has them.
DType GgufType(const TensorEntry& entry, std::optional<DType> asked) {
  return asked && entry.shape.size() > 1 ? *asked : entry.dtype;
}

Result<TensorToWrite> WeightToWrite(std::string name, const TensorEntry& entry, const Parts& parts,
                                    const PruneLayout& layout, std::optional<DType> asked) {
  DType dtype = GgufType(entry, asked);
  TensorEdit edit = GgufEdit(parts, layout, dtype == entry.dtype);
  // Columns can be picked only in a type that can be written.
  if (!edit.cols.empty() && !CanQuantize(dtype)) dtype = DType::kQ8_0;
  return GgufTensor(std::move(name), entry, std::move(edit), dtype);
}

Result<std::vector<TensorToWrite>> GgufTensors(const Checkpoint& checkpoint, const Model& model,
                                               const PruneLayout& layout,
                                               std::optional<DType> asked) {
  const auto parts_of = PartsOfTensors(model);
  const LayerNames names(model);
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : checkpoint.tensors().entries()) {
    const int32_t layer = names.LayerOf(entry.name);
    if (layer >= 0 && layout.Drops(layer)) continue;
    std::string name =
        layer < 0 ? entry.name : names.Renumbered(entry.name, layout.LayerAfter(layer));
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end()) {
      tensors.push_back(ViewToWrite(std::move(name), entry.dtype, entry.shape, entry.bytes));
      continue;
    }
    FP_ASSIGN_OR_RETURN(TensorToWrite tensor,
                        WeightToWrite(std::move(name), entry, found->second, layout, asked));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::string Provenance(const Checkpoint& checkpoint, const PruneLayout& layout, const Plan& plan,
                       const PruneOptions& options) {
  const Json provenance = {{"schema_version", 1},
                           {"version", std::string(Version())},
                           {"source", BaseName(checkpoint.path())},
                           {"source_sha256", plan.model_hash},
                           {"mode", options.mode == PruneMode::kZero ? "zero" : "remove"},
                           {"method", plan.method},
                           {"intermediate_size_before", layout.width_before},
                           {"intermediate_size_after", layout.width_after},
                           {"layers_removed", layout.dropped},
                           {"removed", layout.removed},
                           {"zeroed", layout.zeroed},
                           {"compensation", CompensationJson(options.compensation.get())}};
  return DumpJson(provenance, -1);
}

// Whether the layers that are left attend in a GGUF file of the same architecture as they did.
// Errors: kUnsupported.
Status CheckAttention(const Model& model, const PruneLayout& layout, const std::string& out_path) {
  const ModelConfig& config = model.config;
  // How a layer attends follows in GGUF from its number, and in Gemma's largest models a factor
  // from the number of layers.
  const std::vector<int32_t> kept = layout.KeptLayers();
  for (size_t layer = 0; layer < kept.size(); ++layer)
    if (config.attention[layer] != config.attention[static_cast<size_t>(kept[layer])])
      return Fail(ErrorCode::kUnsupported,
                  "{}: layer {} would become layer {}, and in a {} GGUF file attend as that one "
                  "does (window, rotation), since it follows from the number; write a folder, or "
                  "take layers that leave the others in step",
                  out_path, kept[layer], layer, config.architecture);
  const double usual = 1 / std::sqrt(static_cast<double>(config.head_dim));
  if (!layout.dropped.empty() && config.architecture.starts_with("gemma") &&
      std::abs(config.attention_scale / usual - 1) > 1e-9)
    return Fail(ErrorCode::kUnsupported,
                "{}: readers of GGUF tell the scale of this {} model's scores by its {} layers; "
                "write a folder",
                out_path, config.architecture, config.num_layers);
  return {};
}

// `architecture`: as it is written.
GgufChanges Changes(const PruneLayout& layout, const std::string& architecture,
                    std::optional<DType> dtype) {
  GgufChanges changes;
  if (layout.IsUneven()) {
    changes["general.architecture"] = architecture;
    changes[architecture + ".feed_forward_length"] = GgufWidths(layout);
  } else if (layout.width_after != layout.width_before) {
    changes[architecture + ".feed_forward_length"] = static_cast<uint32_t>(layout.width_after);
  }
  if (!layout.dropped.empty())
    changes[architecture + ".block_count"] = static_cast<uint32_t>(layout.num_layers_after());
  if (dtype) {
    changes["general.file_type"] = GgufFileType(*dtype);
    if (IsBlockType(*dtype)) changes["general.quantization_version"] = uint32_t{2};
  }
  return changes;
}

Status WriteOfGguf(const Checkpoint& checkpoint, const Model& model, const PruneLayout& layout,
                   const std::string& provenance, const std::string& out_path,
                   const PruneOptions& options) {
  const GgufFile& source = *checkpoint.gguf();
  FP_RETURN_IF_ERROR(CheckAttention(model, layout, out_path));
  FP_ASSIGN_OR_RETURN(const std::string input, source.String("general.architecture"));
  const std::string architecture = layout.IsUneven() ? std::string(kUnevenArchitecture) : input;
  const GgufPrefix prefix = {.from = input + ".", .to = architecture + "."};
  GgufChanges changes = Changes(layout, architecture, options.dtype);
  changes[kProvenance] = provenance;
  FP_ASSIGN_OR_RETURN(std::vector<TensorToWrite> tensors,
                      GgufTensors(checkpoint, model, layout, options.dtype));
  return WriteGguf(out_path, source, changes, Reporting(std::move(tensors), options.progress),
                   prefix);
}

}  // namespace

std::vector<uint32_t> GgufWidths(const PruneLayout& layout) {
  std::vector<uint32_t> widths;
  for (const int32_t layer : layout.KeptLayers())
    widths.push_back(static_cast<uint32_t>(layout.WidthAfter(layer)));
  return widths;
}

bool IsBlockType(DType dtype) { return LayoutOf(dtype).elements > 1; }

uint32_t GgufFileType(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return 1;
    case DType::kQ4_0:
      return 2;
    case DType::kQ4_1:
      return 3;
    case DType::kQ8_0:
      return 7;
    case DType::kBF16:
      return 32;
    default:
      return 0;
  }
}

Result<TensorToWrite> GgufTensor(std::string name, const TensorEntry& entry, TensorEdit edit,
                                 DType dtype) {
  const Shape shape = EditedShape(entry.shape, edit);
  const int64_t block = LayoutOf(dtype).elements;
  if (shape.back() % block == 0) return EditToWrite(std::move(name), entry, std::move(edit), dtype);
  const bool by_neuron = !edit.cols.empty();
  return Fail(ErrorCode::kInvalidArgument,
              "tensor {}: rows of {} elements are not whole blocks of {} ({} elements); use {}",
              name, shape.back(), NameOf(dtype), block,
              by_neuron ? fmt::format("--round-to {}, or --dtype f16", block) : "--dtype f16");
}

Status CheckGgufOutput(const Checkpoint& checkpoint, const Tokenizer* tokenizer,
                       const std::string& out_path, const PruneOptions& options) {
  if (checkpoint.gguf() == nullptr && tokenizer == nullptr)
    return Fail(ErrorCode::kNotFound,
                "{}: has no tokenizer that is known here; a GGUF file needs its vocabulary",
                checkpoint.path());
  if (options.dtype && !CanQuantize(*options.dtype))
    return Fail(ErrorCode::kInvalidArgument,
                "dtype {}: expected F32, F16, BF16, Q8_0, Q4_0 or Q4_1", NameOf(*options.dtype));
  if (!options.undo_path.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "{}: there is no undo patch of a GGUF output; the source stays as it is",
                options.undo_path);
  return CheckDestinationFile(checkpoint, out_path, options.force);
}

Result<PruneSummary> PruneToGguf(const Checkpoint& checkpoint, const Model& model,
                                 const Tokenizer* tokenizer, const Plan& plan,
                                 const std::string& out_path, const PruneOptions& options) {
  FP_RETURN_IF_ERROR(CheckGgufOutput(checkpoint, tokenizer, out_path, options));
  FP_ASSIGN_OR_RETURN(const std::string hash, checkpoint.ContentHash());
  FP_RETURN_IF_ERROR(
      CheckPlanFits(plan, hash, model.config.num_layers, model.config.intermediate_size));
  FP_ASSIGN_OR_RETURN(const PruneLayout layout, LayOut(plan, model.config, options));
  if (layout.IsUneven() && model.config.architecture != "llama")
    return Fail(ErrorCode::kUnsupported,
                "{}: the plan leaves layers of different widths, and llama.cpp reads a {} model's "
                "with one feed_forward_length; it knows a list of them for Llama models alone "
                "(written as '{}'). Keep a common width",
                out_path, model.config.architecture, kUnevenArchitecture);
  PruneSummary summary = Summarise(model, plan, layout);
  const std::string provenance = Provenance(checkpoint, layout, plan, options);
  if (checkpoint.gguf() != nullptr) {
    FP_RETURN_IF_ERROR(WriteOfGguf(checkpoint, model, layout, provenance, out_path, options));
  } else {
    FP_ASSIGN_OR_RETURN(GgufToWrite content,
                        GgufOfFolder(checkpoint, model, *tokenizer, layout, options.dtype));
    content.keys.emplace_back(kProvenance, provenance);
    FP_RETURN_IF_ERROR(WriteNewGguf(out_path, content.keys,
                                    Reporting(std::move(content.tensors), options.progress)));
    summary.remarks = std::move(content.remarks);
  }
  std::error_code error;
  summary.bytes_written = static_cast<int64_t>(std::filesystem::file_size(out_path, error));
  if (error) return Fail(ErrorCode::kIo, "{}: {}", out_path, error.message());
  return summary;
}

}  // namespace fairprune
