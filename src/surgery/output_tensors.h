// Which tensors a written model has, and how each comes from the input's. Internal to this room.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "surgery/layout.h"
#include "surgery/tensor_edit.h"

namespace fairprune {

// Whether weights are written as this type: kF32, kF16, kBF16.
bool IsWritableFloat(DType dtype);
// What a weight becomes: `asked`, or its own type, or f32 for one that is not written.
DType OutputType(const TensorEntry& entry, std::optional<DType> asked);
// What config.json names ("float32"): the type asked for, else the input's own word, else the type
// that holds every tensor without loss.
std::string ConfigType(const Checkpoint& checkpoint, const Model& model,
                       std::optional<DType> asked);

// The roles that one stored tensor plays, those of its first rows first.
using Parts = std::vector<const WeightRef*>;
std::unordered_map<const TensorEntry*, Parts> PartsOfTensors(const Model& model);
// Whether a tensor of this role and of this layer of the input has a row or a column per neuron,
// and the layer loses some.
bool LosesNeurons(Role role, int32_t layer, const PruneLayout& layout);

// The numbers of layers in the names of a model's tensors.
class LayerNames {
 public:
  explicit LayerNames(const Model& model);
  // The layer that a tensor of this name belongs to; -1: none. Not by its role: a layer has tensors
  // that no role names.
  int32_t LayerOf(const std::string& name) const;
  // The same name in another layer.
  std::string Renumbered(const std::string& name, int32_t layer) const;

 private:
  std::string prefix_;  // "model.layers."
};

// How a stored tensor becomes the written one, element types aside.
TensorEdit EditOf(const Parts& parts, const ModelConfig& config, const PruneLayout& layout);

// Every tensor of the input, in its order, under its Hugging Face name. Those that no role names
// (another half of the model, a tied head's copy) are written as they are; GGUF's rotary factors
// are in config.json instead. `checkpoint` must outlive the write.
std::vector<TensorToWrite> OutputTensors(const Checkpoint& checkpoint, const Model& model,
                                         const PruneLayout& layout, std::optional<DType> asked);

// What the layout does, bytes_written apart.
PruneSummary Summarise(const Model& model, const Plan& plan, const PruneLayout& layout);

}  // namespace fairprune
