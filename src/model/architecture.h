// What one architecture is, as data: the names its tensors have in either format, its defaults, and
// what its files do differently. Internal to this room; one file per architecture under
// architectures/ defines one of these, registry.cc lists them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/model.h"

namespace fairprune {

// When a model has a role's weight.
enum class Presence {
  kAlways,
  kUntied,         // when the head has weights of its own
  kAttentionBias,  // when ModelConfig::attention_bias
  kMlpBias,        // when ModelConfig::mlp_bias
};

// Of which rows of a stored tensor the role's weight consists.
enum class Part {
  kWhole,
  kQuery,  // of query, key and value below each other: the first H*E
  kKey,    // the next K*E
  kValue,  // the last K*E
  kGate,   // of gate and up below each other: the first F
  kUp,     // the last F
};

// The extents of a role's tensor, in the letters of model_config.h.
enum class Extent { kNone, kD, kF, kV, kE, kHE, kKE };

struct RoleSpec {
  Role role;
  bool per_layer;
  std::string_view hugging_face;  // per layer: what follows "model.layers.N."
  std::string_view gguf;          // per layer: what follows "blk.N."
  Extent rows, cols;              // cols kNone: a vector
  Presence presence = Presence::kAlways;
  Part part = Part::kWhole;
};

struct Architecture {
  std::string_view name;         // ModelConfig::architecture
  std::string_view model_type;   // config.json
  std::string_view model_class;  // config.json "architectures"
  std::string_view gguf_name;    // general.architecture, and prefix of its keys
  std::span<const RoleSpec> roles;
  std::span<const Activation> activations;  // that its implementation can be asked for
  Activation default_activation = Activation::kSilu;
  bool default_tie_word_embeddings = false;
  bool gguf_permutes_rotary = false;   // see WeightRef::rotary_permuted
  float hugging_face_norm_offset = 0;  // see WeightRef::offset; of every norm
};

// nullptr when there is none.
const Architecture* FindArchitectureByModelType(std::string_view model_type);
const Architecture* FindArchitectureByGgufName(std::string_view gguf_name);
// "llama, …": for messages.
std::string KnownArchitectures();

// The role's row of the table; nullptr when the architecture has no such role.
const RoleSpec* FindRole(const Architecture& architecture, Role role);
// The shape that `spec` has in a model of this config.
Shape ShapeOf(const RoleSpec& spec, const ModelConfig& config);
bool IsPresent(const RoleSpec& spec, const ModelConfig& config);
// The tensor's name in a file of that format.
std::string TensorName(const RoleSpec& spec, CheckpointFormat format, int32_t layer);

}  // namespace fairprune
