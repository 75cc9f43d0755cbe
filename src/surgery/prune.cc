#include "surgery/prune.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "io/atomic_output.h"
#include "io/json.h"
#include "surgery/compensation.h"
#include "surgery/destination.h"
#include "surgery/layout.h"
#include "surgery/model_folder.h"
#include "surgery/output_tensors.h"
#include "surgery/undo_write.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

std::string ProvenanceJson(const std::string& source_name, const Plan& plan,
                           const PruneOptions& options, const PruneSummary& summary,
                           const StringMap& files, const Json& settings) {
  Json provenance = {{"schema_version", 1},
                     {"program", "fairprune"},
                     {"version", std::string(Version())},
                     {"source", source_name},
                     {"source_sha256", plan.model_hash},
                     {"mode", options.mode == PruneMode::kZero ? "zero" : "remove"},
                     {"method", plan.method},
                     {"intermediate_size_before", summary.intermediate_size_before},
                     {"intermediate_size_after", summary.intermediate_size_after},
                     {"parameters_before", summary.parameters_before},
                     {"parameters_after", summary.parameters_after},
                     {"neurons_planned", summary.neurons_planned},
                     {"neurons_removed", summary.neurons_removed},
                     {"neurons_zeroed", summary.neurons_zeroed},
                     {"layers_before", summary.layers_before},
                     {"layers_after", summary.layers_after},
                     {"layers_removed", summary.layers_removed},
                     {"removed", summary.removed},
                     {"zeroed", summary.zeroed},
                     {"compensation", CompensationJson(options.compensation.get())},
                     {"content_sha256", ContentHashOf(files)},
                     {"files", files}};
  if (!settings.is_null()) {
    provenance["command"] = "prune";
    provenance["options"] = settings;
  }
  return DumpJson(provenance) + "\n";
}

// Puts a patch that was written at `from` in its place. Without `force` something that is there, by
// another run that began meanwhile, stays.
Status PlacePatch(const std::string& from, const std::string& to, bool force) {
  std::error_code error;
  if (!force) {
    fs::create_hard_link(from, to, error);
    if (error == std::errc::file_exists)
      return Fail(ErrorCode::kExists, "{}: appeared while it was being made; use --force", to);
    if (!error) return {};
    error.clear();  // a file system without hard links
  }
  fs::rename(from, to, error);
  if (error)
    return Fail(ErrorCode::kIo, "{}: cannot rename {} to it: {}", to, from, error.message());
  return {};
}

// The patch first, then the folder: there is never a pruned model without its undo.
Status CommitWithUndo(AtomicDirectory directory, const UndoSource& source,
                      const std::string& undo_path, const std::string& pruned_sha256, bool force) {
  if (undo_path.empty()) return directory.Commit();
  // A name of this run alone, as its working folder is.
  const std::string patch = fmt::format("{}.{}", undo_path, BaseName(directory.working_path()));
  std::error_code ignored;
  FP_RETURN_IF_ERROR(WriteUndo(patch, source, pruned_sha256));
  Status done = PlacePatch(patch, undo_path, force);
  fs::remove(patch, ignored);
  if (!done) return done;
  done = directory.Commit();
  if (!done) fs::remove(undo_path, ignored);
  return done;
}

int64_t NarrowestOf(const PruneLayout& layout) {
  int64_t narrowest = layout.width_after;
  for (const int32_t layer : layout.KeptLayers())
    narrowest = std::min(narrowest, layout.WidthAfter(layer));
  return narrowest;
}

}  // namespace

Status CheckPruneOutput(const Checkpoint& checkpoint, const std::string& out_dir,
                        const PruneOptions& options) {
  if (options.dtype && !IsWritableFloat(*options.dtype))
    return Fail(ErrorCode::kInvalidArgument, "dtype {}: expected F32, F16 or BF16",
                NameOf(*options.dtype));
  if (options.max_shard_bytes < 1)
    return Fail(ErrorCode::kInvalidArgument, "max_shard_bytes is {}; expected 1 or more",
                options.max_shard_bytes);
  FP_RETURN_IF_ERROR(CheckDestinationFolder(checkpoint, out_dir, options.force));
  if (options.undo_path.empty()) return {};
  if (Contains(out_dir, options.undo_path))
    return Fail(ErrorCode::kInvalidArgument,
                "{}: lies in the folder to write; loaders would take it for weights: put it beside "
                "the folder",
                options.undo_path);
  return CheckDestinationFile(checkpoint, options.undo_path, options.force);
}

Result<PruneSummary> PruneCheckpoint(const Checkpoint& checkpoint, const Model& model,
                                     const Tokenizer* tokenizer, const Plan& plan,
                                     const std::string& out_dir, const PruneOptions& options) {
  FP_RETURN_IF_ERROR(CheckPruneOutput(checkpoint, out_dir, options));
  FP_ASSIGN_OR_RETURN(std::string hash, checkpoint.ContentHash());
  FP_RETURN_IF_ERROR(
      CheckPlanFits(plan, hash, model.config.num_layers, model.config.intermediate_size));
  FP_ASSIGN_OR_RETURN(PruneLayout layout, LayOut(plan, model.config, options));
  if (layout.IsUneven())
    return Fail(ErrorCode::kUnsupported,
                "{}: the plan leaves layers of {} to {} neurons, and config.json has one "
                "intermediate_size for all of them: transformers and vLLM build every layer by it. "
                "Keep a common width, or write GGUF of a Llama model",
                out_dir, NarrowestOf(layout), layout.width_after);
  PruneSummary summary = Summarise(model, plan, layout);
  FP_ASSIGN_OR_RETURN(
      std::string config,
      ToConfigJson(checkpoint, model,
                   {.intermediate_size = layout.width_after, .removed_layers = layout.dropped},
                   ConfigType(checkpoint, model, options.dtype)));
  Json settings;
  if (!options.settings.empty()) {
    FP_ASSIGN_OR_RETURN(settings, ParseJson(options.settings, "settings"));
  }
  FP_ASSIGN_OR_RETURN(AtomicDirectory directory, AtomicDirectory::Create(out_dir, options.force));
  const std::string& folder = directory.working_path();
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/config.json", config));
  FP_RETURN_IF_ERROR(WriteTensors(
      folder, Reporting(OutputTensors(checkpoint, model, layout, options.dtype), options.progress),
      options.max_shard_bytes));
  FP_RETURN_IF_ERROR(WriteSideFiles(folder, checkpoint, tokenizer));
  FP_ASSIGN_OR_RETURN(const StringMap files, HashFiles(folder));
  FP_RETURN_IF_ERROR(WriteFileAtomically(
      folder + "/fairprune.json",
      ProvenanceJson(BaseName(checkpoint.path()), plan, options, summary, files, settings)));
  FP_ASSIGN_OR_RETURN(summary.bytes_written, FolderBytes(folder));
  FP_RETURN_IF_ERROR(CommitWithUndo(
      std::move(directory),
      {.checkpoint = checkpoint, .model = model, .layout = layout, .dtype = options.dtype},
      options.undo_path, ContentHashOf(files), options.force));
  return summary;
}

}  // namespace fairprune
