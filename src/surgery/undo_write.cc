#include "surgery/undo_write.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "checkpoint/byte_cursor.h"
#include "io/hash.h"
#include "io/json.h"
#include "io/mapped_file.h"
#include "surgery/destination.h"
#include "surgery/output_tensors.h"
#include "surgery/undo_patch.h"

namespace fairprune {
namespace {

// Rows or columns of the taken neurons, ascending; of a fused tensor the rows of its first part
// first. Of a compensated down_proj, whose other columns are changed too, all.
TensorEdit TakenEdit(const Parts& parts, const PruneLayout& layout) {
  TensorEdit edit;
  const std::vector<int32_t> taken = TakenNeurons(layout, parts.front()->layer);
  if (parts.front()->role == Role::kDown) {
    if (layout.MixOf(parts.front()->layer) != nullptr) return edit;
    edit.cols.assign(taken.begin(), taken.end());
    return edit;
  }
  for (const WeightRef* part : parts)
    for (const int32_t neuron : taken) edit.rows.push_back(part->first_row + neuron);
  return edit;
}

// A layout of the same model that takes nothing.
PruneLayout Nothing(const PruneLayout& layout) {
  PruneLayout nothing{.width_before = layout.width_before, .width_after = layout.width_before};
  nothing.removed.resize(layout.removed.size());
  nothing.zeroed.resize(layout.removed.size());
  return nothing;
}

// The name that a tensor of the source has when it is restored; empty: it is not.
std::string RestoredName(const UndoSource& source, const TensorEntry& entry, const Parts* parts) {
  if (source.checkpoint.format() == CheckpointFormat::kHuggingFace) return entry.name;
  if (parts == nullptr) return "";
  return HuggingFaceName(source.model.config, parts->front()->role, parts->front()->layer);
}

// What the pruned model lacks; `order` gets the names of all restored tensors.
std::vector<TensorToWrite> TakenTensors(const UndoSource& source, Json& order) {
  const auto parts_of = PartsOfTensors(source.model);
  const LayerNames names(source.model);
  const PruneLayout nothing = Nothing(source.layout);
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : source.checkpoint.tensors().entries()) {
    const auto found = parts_of.find(&entry);
    const Parts* parts = found == parts_of.end() ? nullptr : &found->second;
    const std::string name = RestoredName(source, entry, parts);
    if (name.empty()) continue;
    order.push_back(name);
    const int32_t layer = names.LayerOf(entry.name);
    if (layer >= 0 && source.layout.Drops(layer)) {
      const std::string whole = std::string(kLayerPrefix) + name;
      tensors.push_back(parts == nullptr ? ViewToWrite(whole, entry.dtype, entry.shape, entry.bytes)
                                         : EditToWrite(whole, entry,
                                                       EditOf(*parts, source.model.config, nothing),
                                                       OutputType(entry, source.dtype)));
    } else if (parts != nullptr && LosesNeurons(parts->front()->role, layer, source.layout)) {
      tensors.push_back(EditToWrite(std::string(kTakenPrefix) + name, entry,
                                    TakenEdit(*parts, source.layout),
                                    OutputType(entry, source.dtype)));
    }
  }
  return tensors;
}

// Whether every written tensor has the bits of the source's.
bool KeepsEveryBit(const UndoSource& source) {
  return source.checkpoint.format() == CheckpointFormat::kHuggingFace &&
         std::ranges::all_of(source.model.weights, [&](const WeightRef& ref) {
           return OutputType(*ref.entry, source.dtype) == ref.entry->dtype;
         });
}

TensorToWrite TextToWrite(std::string name, std::string text) {
  const auto size = static_cast<int64_t>(text.size());
  TensorToWrite tensor{.name = std::move(name), .dtype = DType::kU8, .shape = {size}};
  tensor.produce = [text = std::move(text)](const auto& sink) {
    return sink(std::as_bytes(std::span(text)));
  };
  return tensor;
}

// The first 8 + N bytes of a safetensors file that was read already.
Result<std::string> HeaderOf(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  ByteCursor cursor(file.bytes(), path);
  FP_ASSIGN_OR_RETURN(const std::string_view header, cursor.ReadString("header"));
  return std::string(header);
}

// What else the source's folder consists of, as far as it can come back byte for byte.
Result<std::vector<TensorToWrite>> SourceFiles(const UndoSource& source, bool exact) {
  std::vector<TensorToWrite> files;
  const std::string config_name = std::string(kFilePrefix) + "config.json";
  if (!exact) {
    FP_ASSIGN_OR_RETURN(std::string config,
                        ToConfigJson(source.checkpoint, source.model,
                                     {.intermediate_size = source.layout.width_before},
                                     ConfigType(source.checkpoint, source.model, source.dtype)));
    files.push_back(TextToWrite(config_name, std::move(config)));
    return files;
  }
  for (const char* name : {"config.json", "model.safetensors.index.json"}) {
    const std::string path = source.checkpoint.SideFile(name);
    // Beside a model.safetensors an index is not read.
    const bool is_index = std::string_view(name) != "config.json";
    if (path.empty() || (is_index && !source.checkpoint.SideFile("model.safetensors").empty()))
      continue;
    FP_ASSIGN_OR_RETURN(std::string content, ReadTextFile(path));
    files.push_back(TextToWrite(std::string(kFilePrefix) + name, std::move(content)));
  }
  for (const std::string& path : source.checkpoint.tensors().files()) {
    FP_ASSIGN_OR_RETURN(std::string header, HeaderOf(path));
    files.push_back(TextToWrite(std::string(kHeaderPrefix) + BaseName(path), std::move(header)));
  }
  return files;
}

Result<std::string> HashOf(const TensorToWrite& tensor) {
  std::vector<std::byte> bytes;
  FP_RETURN_IF_ERROR(tensor.produce([&](std::span<const std::byte> piece) -> Status {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  }));
  return Sha256(bytes);
}

}  // namespace

Status WriteUndo(const std::string& path, const UndoSource& source,
                 const std::string& pruned_sha256) {
  const bool exact = KeepsEveryBit(source);
  FP_ASSIGN_OR_RETURN(const std::string source_sha256, source.checkpoint.ContentHash());
  FP_ASSIGN_OR_RETURN(std::vector<TensorToWrite> tensors, SourceFiles(source, exact));
  Json order = Json::array();
  for (TensorToWrite& tensor : TakenTensors(source, order)) tensors.push_back(std::move(tensor));
  Json hashes = Json::object();
  for (const TensorToWrite& tensor : tensors) {
    FP_ASSIGN_OR_RETURN(const std::string hash, HashOf(tensor));
    hashes[tensor.name] = hash;
  }
  const bool compensated = !source.layout.mixes.empty();
  Json description = {{"schema_version", compensated ? 2 : 1},
                      {"program", "fairprune"},
                      {"version", std::string(Version())},
                      {"source", BaseName(source.checkpoint.path())},
                      {"source_sha256", source_sha256},
                      {"pruned_sha256", pruned_sha256},
                      {"exact", exact},
                      {"intermediate_size_before", source.layout.width_before},
                      {"intermediate_size_after", source.layout.width_after},
                      {"removed", source.layout.removed},
                      {"zeroed", source.layout.zeroed},
                      {"layers_removed", source.layout.dropped},
                      {"compensated", compensated},
                      {"sha256", std::move(hashes)}};
  if (!source.layout.dropped.empty()) description["order"] = std::move(order);
  return WriteSafetensors(path, tensors, {{std::string(kUndoKey), DumpJson(description, -1)}});
}

}  // namespace fairprune
