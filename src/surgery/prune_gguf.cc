#include "surgery/prune_gguf.h"

#include <algorithm>
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

// Rows without the neurons; in GGUF no row changes its place. Where down_proj only gets zeros, and
// keeps its blocks, it stays as it is: the neuron's gate and up are 0 and so is what it multiplies,
// and a zero inside a block would round its 31 neighbours anew.
TensorEdit GgufEdit(const Parts& parts, const PruneLayout& layout, bool keeps_type) {
  const WeightRef& first = *parts.front();
  TensorEdit edit;
  if (!LosesNeurons(parts, layout)) return edit;
  const std::vector<int64_t> sources = layout.Sources(first.layer);
  if (first.role == Role::kDown) {
    const bool only_zeros = layout.width_after == layout.width_before;
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

Result<TensorToWrite> WeightToWrite(const TensorEntry& entry, const Parts& parts,
                                    const PruneLayout& layout, std::optional<DType> asked) {
  DType dtype = GgufType(entry, asked);
  TensorEdit edit = GgufEdit(parts, layout, dtype == entry.dtype);
  // Columns can be picked only in a type that can be written.
  if (!edit.cols.empty() && !CanQuantize(dtype)) dtype = DType::kQ8_0;
  return GgufTensor(entry.name, entry, std::move(edit), dtype);
}

Result<std::vector<TensorToWrite>> GgufTensors(const Checkpoint& checkpoint, const Model& model,
                                               const PruneLayout& layout,
                                               std::optional<DType> asked) {
  const auto parts_of = PartsOfTensors(model);
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : checkpoint.tensors().entries()) {
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end()) {
      tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
      continue;
    }
    FP_ASSIGN_OR_RETURN(TensorToWrite tensor, WeightToWrite(entry, found->second, layout, asked));
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
                           {"removed", layout.removed},
                           {"zeroed", layout.zeroed},
                           {"compensation", CompensationJson(options.compensation.get())}};
  return DumpJson(provenance, -1);
}

Result<GgufChanges> Changes(const GgufFile& gguf, const PruneLayout& layout,
                            std::optional<DType> dtype) {
  FP_ASSIGN_OR_RETURN(const std::string architecture, gguf.String("general.architecture"));
  GgufChanges changes;
  if (layout.width_after != layout.width_before)
    changes[architecture + ".feed_forward_length"] = static_cast<uint32_t>(layout.width_after);
  if (dtype) {
    changes["general.file_type"] = GgufFileType(*dtype);
    if (IsBlockType(*dtype)) changes["general.quantization_version"] = uint32_t{2};
  }
  return changes;
}

}  // namespace

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
  PruneSummary summary = Summarise(model, plan, layout);
  const std::string provenance = Provenance(checkpoint, layout, plan, options);
  constexpr const char* kProvenance = "fairprune.provenance";
  if (const GgufFile* gguf = checkpoint.gguf()) {
    FP_ASSIGN_OR_RETURN(GgufChanges changes, Changes(*gguf, layout, options.dtype));
    changes[kProvenance] = provenance;
    FP_ASSIGN_OR_RETURN(const std::vector<TensorToWrite> tensors,
                        GgufTensors(checkpoint, model, layout, options.dtype));
    FP_RETURN_IF_ERROR(WriteGguf(out_path, *gguf, changes, tensors));
  } else {
    FP_ASSIGN_OR_RETURN(GgufContent content,
                        GgufOfFolder(checkpoint, model, *tokenizer, layout, options.dtype));
    content.keys.emplace_back(kProvenance, provenance);
    FP_RETURN_IF_ERROR(WriteNewGguf(out_path, content.keys, content.tensors));
    summary.remarks = std::move(content.remarks);
  }
  std::error_code error;
  summary.bytes_written = static_cast<int64_t>(std::filesystem::file_size(out_path, error));
  if (error) return Fail(ErrorCode::kIo, "{}: {}", out_path, error.message());
  return summary;
}

}  // namespace fairprune
