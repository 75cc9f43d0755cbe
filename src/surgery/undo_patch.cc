#include "surgery/undo_patch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "io/hash.h"
#include "io/json.h"

namespace fairprune {
namespace {

// Neurons per layer, ascending, each below `width`.
Result<std::vector<std::vector<int32_t>>> ReadNeurons(const Json& json, const std::string& key,
                                                      int64_t width, const std::string& place) {
  const auto bad = [&] {
    return Fail(ErrorCode::kBadFormat,
                "{}: \"{}\": expected per layer a list of ascending neurons below {}", place, key,
                width);
  };
  if (!json.contains(key) || !json.at(key).is_array()) return bad();
  std::vector<std::vector<int32_t>> layers;
  for (const Json& layer : json.at(key)) {
    if (!layer.is_array()) return bad();
    int64_t previous = -1;
    layers.emplace_back();
    for (const Json& neuron : layer) {
      if (!neuron.is_number_integer()) return bad();
      const auto value = neuron.get<int64_t>();
      if (value <= previous || value >= width) return bad();
      layers.back().push_back(static_cast<int32_t>(value));
      previous = value;
    }
  }
  return layers;
}

// The layers that went whole; absent in older files, which took none.
Result<std::vector<int32_t>> ReadLayers(const Json& json, size_t num_layers,
                                        const std::string& place) {
  std::vector<int32_t> layers;
  const auto found = json.find("layers_removed");
  if (found == json.end()) return layers;
  const auto bad = [&] {
    return Fail(ErrorCode::kBadFormat,
                "{}: \"layers_removed\": expected ascending layers below {}, not all of them",
                place, num_layers);
  };
  if (!found->is_array() || (!found->empty() && found->size() >= num_layers)) return bad();
  for (const Json& layer : *found) {
    const int64_t least = layers.empty() ? 0 : layers.back() + 1;
    if (!layer.is_number_integer() || layer < least || layer >= static_cast<int64_t>(num_layers))
      return bad();
    layers.push_back(layer.get<int32_t>());
  }
  return layers;
}

}  // namespace

std::vector<int32_t> TakenNeurons(const PruneLayout& layout, int32_t layer) {
  const auto& removed = layout.removed[static_cast<size_t>(layer)];
  const auto& zeroed = layout.zeroed[static_cast<size_t>(layer)];
  std::vector<int32_t> taken(removed.size() + zeroed.size());
  std::ranges::merge(removed, zeroed, taken.begin());
  return taken;
}

Result<PruneLayout> ReadLayout(const Json& json, const std::string& place) {
  PruneLayout layout;
  FP_ASSIGN_OR_RETURN(layout.width_before, GetInt(json, "intermediate_size_before", place));
  FP_ASSIGN_OR_RETURN(layout.width_after, GetInt(json, "intermediate_size_after", place));
  FP_ASSIGN_OR_RETURN(layout.removed, ReadNeurons(json, "removed", layout.width_before, place));
  FP_ASSIGN_OR_RETURN(layout.zeroed, ReadNeurons(json, "zeroed", layout.width_before, place));
  if (layout.removed.size() != layout.zeroed.size())
    return Fail(ErrorCode::kBadFormat, "{}: {} layers removed from, {} zeroed in", place,
                layout.removed.size(), layout.zeroed.size());
  FP_ASSIGN_OR_RETURN(layout.dropped, ReadLayers(json, layout.removed.size(), place));
  const auto cut = static_cast<size_t>(std::max<int64_t>(0, layout.width_before) -
                                       std::max<int64_t>(0, layout.width_after));
  for (size_t layer = 0; layer < layout.removed.size(); ++layer) {
    const auto taken = TakenNeurons(layout, static_cast<int32_t>(layer));
    const size_t expected = layout.Drops(static_cast<int64_t>(layer)) ? 0 : cut;
    if (layout.removed[layer].size() != expected ||
        std::ranges::adjacent_find(taken) != taken.end())
      return Fail(ErrorCode::kBadFormat,
                  "{}: layer {}: expected {} removed neurons, none of them zeroed too; found {}",
                  place, layer, expected, layout.removed[layer].size());
  }
  return layout;
}

Result<UndoPatch> ReadUndo(const std::string& path) {
  UndoPatch patch;
  patch.path = path;
  FP_ASSIGN_OR_RETURN(patch.file, SafetensorsFile::Open(path));
  const auto found = patch.file->metadata().find(std::string(kUndoKey));
  if (found == patch.file->metadata().end())
    return Fail(ErrorCode::kBadFormat,
                "{}: no undo patch: its metadata has no \"{}\"; give the file that `prune` wrote",
                path, kUndoKey);
  const std::string place = fmt::format("{}: {}", path, kUndoKey);
  FP_ASSIGN_OR_RETURN(const Json json, ParseJson(found->second, place));
  FP_ASSIGN_OR_RETURN(const int64_t version, GetInt(json, "schema_version", place));
  if (version != 1 && version != 2)
    return Fail(ErrorCode::kUnsupported, "{}: schema_version is {}; this program knows 1 and 2",
                place, version);
  FP_ASSIGN_OR_RETURN(patch.source, GetString(json, "source", place));
  FP_ASSIGN_OR_RETURN(patch.source_sha256, GetString(json, "source_sha256", place));
  FP_ASSIGN_OR_RETURN(patch.pruned_sha256, GetString(json, "pruned_sha256", place));
  FP_ASSIGN_OR_RETURN(patch.exact, GetBool(json, "exact", place));
  if (version == 2) {
    FP_ASSIGN_OR_RETURN(patch.compensated, GetBool(json, "compensated", place));
  }
  FP_ASSIGN_OR_RETURN(patch.layout, ReadLayout(json, place));
  if (json.contains("order")) {
    for (const Json& name : json.at("order")) {
      if (!name.is_string())
        return Fail(ErrorCode::kBadFormat, "{}: \"order\": expected names of tensors", place);
      patch.order.push_back(name.get<std::string>());
    }
  }
  const auto hashes = json.find("sha256");
  if (hashes == json.end() || !hashes->is_object())
    return Fail(ErrorCode::kBadFormat, "{}: \"sha256\": expected an object", place);
  for (const TensorEntry& entry : patch.file->entries()) {
    FP_ASSIGN_OR_RETURN(const std::string expected, GetString(*hashes, entry.name, place));
    if (Sha256(entry.bytes) != expected)
      return Fail(ErrorCode::kBadFormat,
                  "{}: tensor \"{}\": its SHA-256 is not the one written with it; the file is "
                  "damaged",
                  path, entry.name);
  }
  return patch;
}

}  // namespace fairprune
