// A model's description: its config, and for every role (query projection of layer 3, …) the stored
// tensor that plays it. Holds no weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model_config.h"

namespace fairprune {

enum class Role {
  kTokenEmbedding,  // [V, D]
  kFinalNorm,       // [D]
  kLmHead,          // [V, D]; absent when tied
  kAttentionNorm,   // [D] per layer, before attention
  kQuery,           // [H*E, D]
  kKey,             // [K*E, D]
  kValue,           // [K*E, D]
  kAttentionOut,    // [D, H*E]
  kQueryBias,
  kKeyBias,
  kValueBias,
  kAttentionOutBias,
  kQueryNorm,          // [E] or [H*E], see QkNorm
  kKeyNorm,            // [E] or [K*E]
  kAttentionPostNorm,  // [D] per layer, of attention's output, before it is added
  kMlpNorm,            // [D] per layer, before the MLP
  kGate,               // [F, D]
  kUp,                 // [F, D]
  kDown,               // [D, F]
  kGateBias,
  kUpBias,
  kDownBias,
  kMlpPostNorm,  // [D] per layer, of the MLP's output, before it is added
};
// "kGate" -> "gate_proj", for messages.
std::string_view NameOf(Role role);

// Where a role's weights are.
struct WeightRef {
  Role role;
  int32_t layer = -1;                  // -1: not of a layer
  const TensorEntry* entry = nullptr;  // owned by the Checkpoint
  // The role's own part of the tensor: rows [first_row, first_row + shape[0]). The whole of it but
  // for fused tensors (query, key and value stored below each other; gate and up likewise), which
  // several roles share.
  int64_t first_row = 0;
  Shape shape;
  // The rows are in llama.cpp's interleaved order (GGUF q and k of the Llama family) and must be
  // brought back to Hugging Face's half-split order: within each head, row i of the stored order is
  // row (i % 2) * E/2 + i / 2 of the wanted one.
  bool rotary_permuted = false;
  // Added to every element when the weight is read: 1 for the norms of Hugging Face's Gemma files,
  // which store w - 1. GGUF files store w.
  float offset = 0;
};

struct Model {
  ModelConfig config;
  // What the entries are of, owned by the Checkpoint; nullptr if they are not of one.
  const TensorSource* tensors = nullptr;
  std::vector<WeightRef> weights;
  // nullptr if the model has no such weight.
  const WeightRef* Find(Role role, int32_t layer = -1) const;
  int64_t num_parameters = 0;   // over all stored weights of the model
  int64_t num_neurons() const;  // of all layers
};

// Reads the config, finds every role's tensor and checks its shape. `checkpoint` must outlive the
// result. Errors: kUnsupported (architecture or config key that changes the mathematics, by name),
// kNotFound (a missing tensor, by name), kMismatch (a shape: expected and found), kBadFormat.
Result<Model> DescribeModel(const Checkpoint& checkpoint);

// The weight as the mathematics has it, f32, ref.shape: the role's own rows, in Hugging Face row
// order (undoing `rotary_permuted`), `offset` added.
Result<Tensor> LoadWeight(const Model& model, const WeightRef& ref);

// The name that a role has in a Hugging Face Llama checkpoint:
// (kGate, 3) -> "model.layers.3.mlp.gate_proj.weight".
std::string HuggingFaceName(const ModelConfig& config, Role role, int32_t layer);

// WeightRef::offset of the role in a Hugging Face file, whichever file the model came from: a
// weight w is stored there as w - offset.
float HuggingFaceOffset(const ModelConfig& config, Role role);

// What a model that is written has otherwise than its input.
struct ConfigChanges {
  int64_t intermediate_size = 0;
  std::vector<int32_t> removed_layers = {};  // of the input, ascending
};

// config.json of the model, for transformers. For a Hugging Face input it is the input's own with
// `intermediate_size` replaced (inside `text_config` if it has one), and what it says of single
// layers without those that go; for GGUF it is made from the metadata. `dtype` is "float32", ….
// Errors: kUnsupported (what it would have to say of its layers, it cannot).
Result<std::string> ToConfigJson(const Checkpoint& checkpoint, const Model& model,
                                 const ConfigChanges& changes, const std::string& dtype);

}  // namespace fairprune
