#include "surgery/prune_gguf.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "checkpoint/gguf_write.h"
#include "checkpoint/quantize.h"
#include "surgery/destination.h"
#include "surgery/output_tensors.h"

namespace fairprune {
namespace {

bool IsBlockType(DType dtype) { return LayoutOf(dtype).elements > 1; }

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
    if (!(only_zeros && keeps_type && IsBlockType(first.entry->dtype))) edit.cols = sources;
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

Result<TensorToWrite> GgufTensor(const TensorEntry& entry, const Parts& parts,
                                 const PruneLayout& layout, std::optional<DType> asked) {
  DType dtype = GgufType(entry, asked);
  TensorEdit edit = GgufEdit(parts, layout, dtype == entry.dtype);
  // Columns can be picked only in a type that can be written.
  if (!edit.cols.empty() && !CanQuantize(dtype)) dtype = DType::kQ8_0;
  const Shape shape = EditedShape(entry.shape, edit);
  const int64_t block = LayoutOf(dtype).elements;
  if (shape.back() % block != 0)
    return Fail(ErrorCode::kInvalidArgument,
                "tensor {}: rows of {} elements are not whole blocks of {} ({} elements); use "
                "--round-to {}, or --dtype f16",
                entry.name, shape.back(), NameOf(dtype), block, block);
  return EditToWrite(entry.name, entry, std::move(edit), dtype);
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
    FP_ASSIGN_OR_RETURN(TensorToWrite tensor, GgufTensor(entry, found->second, layout, asked));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

// general.file_type of a file whose matrices have this type (llama.cpp's llama_ftype).
uint32_t FileType(DType dtype) {
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

Result<GgufChanges> Changes(const GgufFile& gguf, const PruneLayout& layout, const Plan& plan,
                            const PruneOptions& options, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::string architecture, gguf.String("general.architecture"));
  const Json provenance = {{"schema_version", 1},
                           {"version", std::string(Version())},
                           {"source", source},
                           {"source_sha256", plan.model_hash},
                           {"mode", options.mode == PruneMode::kZero ? "zero" : "remove"},
                           {"method", plan.method},
                           {"intermediate_size_before", layout.width_before},
                           {"intermediate_size_after", layout.width_after},
                           {"removed", layout.removed},
                           {"zeroed", layout.zeroed}};
  GgufChanges changes = {{"fairprune.provenance", DumpJson(provenance, -1)}};
  if (layout.width_after != layout.width_before)
    changes[architecture + ".feed_forward_length"] = static_cast<uint32_t>(layout.width_after);
  if (options.dtype) {
    changes["general.file_type"] = FileType(*options.dtype);
    if (IsBlockType(*options.dtype)) changes["general.quantization_version"] = uint32_t{2};
  }
  return changes;
}

}  // namespace

Result<PruneSummary> PruneToGguf(const Checkpoint& checkpoint, const Model& model, const Plan& plan,
                                 const std::string& out_path, const PruneOptions& options) {
  if (checkpoint.gguf() == nullptr)
    return Fail(ErrorCode::kUnsupported,
                "{}: GGUF is written from GGUF only, this is a Hugging Face folder; write a folder "
                "and convert it with llama.cpp's convert_hf_to_gguf.py",
                checkpoint.path());
  if (options.dtype && !CanQuantize(*options.dtype))
    return Fail(ErrorCode::kInvalidArgument,
                "dtype {}: expected F32, F16, BF16, Q8_0, Q4_0 or Q4_1", NameOf(*options.dtype));
  if (!options.undo_path.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "{}: there is no undo patch of a GGUF output; the source stays as it is",
                options.undo_path);
  FP_RETURN_IF_ERROR(CheckDestinationFile(checkpoint, out_path, options.force));
  FP_ASSIGN_OR_RETURN(const std::string hash, checkpoint.ContentHash());
  FP_RETURN_IF_ERROR(
      CheckPlanFits(plan, hash, model.config.num_layers, model.config.intermediate_size));
  FP_ASSIGN_OR_RETURN(const PruneLayout layout, LayOut(plan, model.config, options));
  FP_ASSIGN_OR_RETURN(const GgufChanges changes, Changes(*checkpoint.gguf(), layout, plan, options,
                                                         BaseName(checkpoint.path())));
  FP_ASSIGN_OR_RETURN(const std::vector<TensorToWrite> tensors,
                      GgufTensors(checkpoint, model, layout, options.dtype));
  FP_RETURN_IF_ERROR(WriteGguf(out_path, *checkpoint.gguf(), changes, tensors));
  PruneSummary summary = Summarise(model, plan, layout);
  std::error_code error;
  summary.bytes_written = static_cast<int64_t>(std::filesystem::file_size(out_path, error));
  if (error) return Fail(ErrorCode::kIo, "{}: {}", out_path, error.message());
  return summary;
}

}  // namespace fairprune
