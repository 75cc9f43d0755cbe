#include "surgery/undo.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "io/atomic_output.h"
#include "io/json.h"
#include "surgery/destination.h"
#include "surgery/model_folder.h"
#include "surgery/output_tensors.h"
#include "surgery/undo_patch.h"

namespace fairprune {
namespace {

Status CheckBelongs(const UndoPatch& patch, const Checkpoint& pruned, const Model& model) {
  FP_ASSIGN_OR_RETURN(const std::string hash, pruned.ContentHash());
  if (hash == patch.source_sha256 && hash != patch.pruned_sha256)
    return Fail(ErrorCode::kMismatch,
                "{}: is the model before pruning already (content hash {}); give the pruned one",
                pruned.path(), hash);
  if (hash != patch.pruned_sha256)
    return Fail(ErrorCode::kMismatch,
                "{}: its content hash is {}; {} is for the checkpoint {} made of {}", pruned.path(),
                hash, patch.path, patch.pruned_sha256, patch.source);
  if (model.config.intermediate_size != patch.layout.width_after ||
      model.config.num_layers != patch.layout.num_layers_after())
    return Fail(ErrorCode::kMismatch, "{}: is for {} layers of {} neurons, {} has {} of {}",
                patch.path, patch.layout.num_layers_after(), patch.layout.width_after,
                pruned.path(), model.config.num_layers, model.config.intermediate_size);
  return {};
}

// Where the rows (columns) of one part of the restored tensor are: behind `kept` rows of other
// parts in the pruned tensor, behind `taken` ones in the patch.
void AppendSources(const PruneLayout& layout, int32_t layer, int64_t kept, int64_t taken,
                   std::vector<int64_t>& sources) {
  const size_t begin = sources.size();
  sources.resize(begin + static_cast<size_t>(layout.width_before));
  const std::vector<int64_t> kept_neurons = layout.Sources(layer);
  for (size_t i = 0; i < kept_neurons.size(); ++i)
    if (kept_neurons[i] >= 0)
      sources[begin + static_cast<size_t>(kept_neurons[i])] = kept + static_cast<int64_t>(i);
  for (const int32_t neuron : TakenNeurons(layout, layer))
    sources[begin + static_cast<size_t>(neuron)] = ~(taken++);
}

// A tensor `name` of the restored model, of the source's layer `layer`.
Result<TensorToWrite> Restored(const TensorEntry& entry, const Parts& parts, std::string name,
                               int32_t layer, const UndoPatch& patch) {
  const bool by_column = parts.front()->role == Role::kDown;
  const TensorEntry* taken = patch.file->Find(std::string(kTakenPrefix) + name);
  const auto num_taken = std::ssize(TakenNeurons(patch.layout, layer));
  const bool whole = by_column && patch.compensated;
  Shape expected = entry.shape;
  expected[by_column ? 1 : 0] = whole ? patch.layout.width_before : num_taken * std::ssize(parts);
  if (taken == nullptr || taken->shape != expected || taken->dtype != entry.dtype)
    return Fail(ErrorCode::kBadFormat, "{}: expected the tensor {}{}, {} {}, found {}", patch.path,
                kTakenPrefix, name, NameOf(entry.dtype), ToString(expected),
                taken == nullptr
                    ? "none"
                    : fmt::format("{} {}", NameOf(taken->dtype), ToString(taken->shape)));
  if (whole) return ViewToWrite(std::move(name), taken->dtype, taken->shape, taken->bytes);
  TensorMerge merge;
  int64_t part_idx = 0;
  for (const WeightRef* part : parts)
    AppendSources(patch.layout, layer, part->first_row, part_idx++ * num_taken,
                  by_column ? merge.cols : merge.rows);
  return MergeToWrite(std::move(name), entry, *taken, std::move(merge));
}

// Brings tensors into the order that the patch names, if it does.
Status SortAsTheSource(const UndoPatch& patch, std::vector<TensorToWrite>& tensors) {
  if (patch.order.empty()) return {};
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < patch.order.size(); ++i) place[patch.order[i]] = i;
  for (const TensorToWrite& tensor : tensors)
    if (!place.contains(tensor.name))
      return Fail(ErrorCode::kBadFormat, "{}: \"order\" does not name the tensor {}", patch.path,
                  tensor.name);
  std::ranges::sort(tensors, {}, [&](const TensorToWrite& tensor) { return place[tensor.name]; });
  return {};
}

Result<std::vector<TensorToWrite>> RestoredTensors(const Checkpoint& pruned, const Model& model,
                                                   const UndoPatch& patch) {
  const auto parts_of = PartsOfTensors(model);
  const LayerNames names(model);
  const std::vector<int32_t> kept = patch.layout.KeptLayers();
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : pruned.tensors().entries()) {
    int32_t layer = names.LayerOf(entry.name);
    std::string name = entry.name;
    if (layer >= 0 && layer < std::ssize(kept)) {
      layer = kept[static_cast<size_t>(layer)];
      name = names.Renumbered(entry.name, layer);
    }
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end() ||
        !LosesNeurons(found->second.front()->role, layer, patch.layout)) {
      tensors.push_back(ViewToWrite(std::move(name), entry.dtype, entry.shape, entry.bytes));
      continue;
    }
    FP_ASSIGN_OR_RETURN(TensorToWrite tensor,
                        Restored(entry, found->second, std::move(name), layer, patch));
    tensors.push_back(std::move(tensor));
  }
  for (const TensorEntry& entry : patch.file->entries())
    if (entry.name.starts_with(kLayerPrefix))
      tensors.push_back(ViewToWrite(entry.name.substr(kLayerPrefix.size()), entry.dtype,
                                    entry.shape, entry.bytes));
  FP_RETURN_IF_ERROR(SortAsTheSource(patch, tensors));
  return tensors;
}

// The names of a safetensors header in the order of their data.
Result<std::vector<std::string>> NamesInDataOrder(std::string_view header,
                                                  const std::string& place) {
  FP_ASSIGN_OR_RETURN(const Json json, ParseJson(header, place));
  std::vector<std::tuple<int64_t, int64_t, std::string>> order;
  for (const auto& [name, info] : json.items()) {
    if (name == "__metadata__") continue;
    const bool usable = info.is_object() && info.contains("data_offsets") &&
                        info.at("data_offsets").is_array() && info.at("data_offsets").size() == 2 &&
                        std::ranges::all_of(info.at("data_offsets"), [](const Json& offset) {
                          return offset.is_number_integer();
                        });
    if (!usable)
      return Fail(ErrorCode::kBadFormat, "{}: tensor \"{}\": expected data_offsets", place, name);
    const Json& offsets = info.at("data_offsets");
    order.emplace_back(offsets[0].get<int64_t>(), offsets[1].get<int64_t>(), name);
  }
  std::ranges::sort(order);
  std::vector<std::string> names;
  names.reserve(order.size());
  for (auto& [begin, end, name] : order) names.push_back(std::move(name));
  return names;
}

// A tensor file as the source had it: its header, then its tensors.
Status WriteSourceFile(const std::string& path, std::string_view header, const std::string& place,
                       const std::map<std::string, const TensorToWrite*>& tensors) {
  FP_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesInDataOrder(header, place));
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  const uint64_t header_bytes = header.size();
  FP_RETURN_IF_ERROR(file.Write(std::as_bytes(std::span(&header_bytes, 1))));
  FP_RETURN_IF_ERROR(file.Write(header));
  for (const std::string& name : names) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      return Fail(ErrorCode::kBadFormat, "{}: names the tensor \"{}\", which is not there", place,
                  name);
    FP_RETURN_IF_ERROR(found->second->produce(
        [&](std::span<const std::byte> piece) { return file.Write(piece); }));
  }
  return file.Commit();
}

// Whether a name out of a patch is one file of a folder.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

Status WriteRestored(const std::string& folder, const UndoPatch& patch,
                     std::vector<TensorToWrite> tensors, const RestoreOptions& options) {
  std::map<std::string, const TensorToWrite*> by_name;
  for (const TensorToWrite& tensor : tensors) by_name[tensor.name] = &tensor;
  for (const TensorEntry& entry : patch.file->entries()) {
    const bool is_header = entry.name.starts_with(kHeaderPrefix);
    if (!is_header && !entry.name.starts_with(kFilePrefix)) continue;
    const std::string name =
        entry.name.substr(is_header ? kHeaderPrefix.size() : kFilePrefix.size());
    if (!IsPlainName(name))
      return Fail(ErrorCode::kBadFormat, "{}: tensor \"{}\": expected a file's plain name",
                  patch.path, entry.name);
    const std::string target = fmt::format("{}/{}", folder, name);
    const std::string place = fmt::format("{}: {}", patch.path, entry.name);
    FP_RETURN_IF_ERROR(is_header ? WriteSourceFile(target, patch.Text(entry), place, by_name)
                                 : WriteFileAtomically(target, patch.Text(entry)));
  }
  return patch.exact ? Status{} : WriteTensors(folder, std::move(tensors), options.max_shard_bytes);
}

}  // namespace

Result<RestoreSummary> RestoreCheckpoint(const Checkpoint& pruned, const Model& model,
                                         const std::string& undo_path, const std::string& out_dir,
                                         const RestoreOptions& options) {
  FP_RETURN_IF_ERROR(CheckDestinationFolder(pruned, out_dir, options.force));
  if (Contains(out_dir, undo_path))
    return Fail(ErrorCode::kInvalidArgument,
                "{}: holds the patch {}, which would be lost; write to another folder", out_dir,
                undo_path);
  FP_ASSIGN_OR_RETURN(const UndoPatch patch, ReadUndo(undo_path));
  FP_RETURN_IF_ERROR(CheckBelongs(patch, pruned, model));
  FP_ASSIGN_OR_RETURN(std::vector<TensorToWrite> tensors, RestoredTensors(pruned, model, patch));
  FP_ASSIGN_OR_RETURN(AtomicDirectory directory, AtomicDirectory::Create(out_dir, options.force));
  const std::string& folder = directory.working_path();
  FP_RETURN_IF_ERROR(WriteSideFiles(folder, pruned, nullptr));
  FP_RETURN_IF_ERROR(
      WriteRestored(folder, patch, Reporting(std::move(tensors), options.progress), options));
  FP_ASSIGN_OR_RETURN(const Checkpoint written, Checkpoint::Open(folder));
  if (patch.exact) {
    FP_ASSIGN_OR_RETURN(const std::string hash, written.ContentHash());
    if (hash != patch.source_sha256)
      return Fail(ErrorCode::kMismatch,
                  "{}: gives a checkpoint with the content hash {}, not the source's {}; nothing "
                  "was written",
                  undo_path, hash, patch.source_sha256);
  }
  RestoreSummary summary = {.source = patch.source,
                            .source_sha256 = patch.source_sha256,
                            .exact = patch.exact,
                            .intermediate_size_before = patch.layout.width_after,
                            .intermediate_size_after = patch.layout.width_before,
                            .layers_restored = std::ssize(patch.layout.dropped)};
  for (size_t layer = 0; layer < patch.layout.removed.size(); ++layer)
    summary.neurons_restored += std::ssize(TakenNeurons(patch.layout, static_cast<int32_t>(layer)));
  FP_ASSIGN_OR_RETURN(summary.bytes_written, FolderBytes(folder));
  FP_RETURN_IF_ERROR(directory.Commit());
  return summary;
}

}  // namespace fairprune
