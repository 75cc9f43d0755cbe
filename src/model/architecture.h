// What one architecture is, as data: the names its tensors have in either format, its defaults, and
// what its files do differently. Internal to this room; one file per architecture under
// architectures/ defines one of these, registry.cc lists them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/config_reader.h"
#include "model/gguf_output.h"
#include "model/gguf_reader.h"
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

// Which key of config.json names the activation function.
enum class ActivationKey {
  kHiddenAct,
  kGemma,             // hidden_act, where "gelu" means its tanh approximation
  kHiddenActivation,  // hidden_activation; hidden_act, if there, must not contradict
};

struct Architecture {
  std::string_view name;         // ModelConfig::architecture
  std::string_view model_type;   // config.json
  std::string_view model_class;  // config.json "architectures"
  std::string_view gguf_name;    // general.architecture, and prefix of its keys
  // Where gguf_name is empty: the architecture whose GGUF files hold such models. Empty: none does.
  std::string_view gguf_as = {};
  std::span<const RoleSpec> roles;

  // A model of images and text whose text half has this architecture. Empty: none.
  std::string_view multimodal_type = {};  // its model_type; the text half's keys: text_config
  std::string_view multimodal_class = {};

  // Defaults of the Hugging Face class, for keys that config.json leaves out. Sizes of 0 have none:
  // they must be there, as they are in all published files (but for Gemma 3's text_config).
  struct TextSizes {
    int64_t num_layers = 0, hidden_size = 0, intermediate_size = 0, num_heads = 0, vocab_size = 0;
  } default_sizes = {};
  Activation default_activation = Activation::kSilu;
  ActivationKey activation_key = ActivationKey::kHiddenAct;
  bool default_tie_word_embeddings = false;
  int64_t default_kv_heads = 0;  // 0: as many as heads
  int64_t default_head_dim = 0;  // 0: hidden_size / heads
  int64_t default_max_positions = 2048;
  double default_rms_norm_eps = 1e-6;
  double default_rope_theta = 10000.0;

  bool rope_per_layer_type = false;    // read_hugging_face reads the rotary settings itself
  bool own_code = false;               // auto_map may name the code that became model_class
  bool partial_rotary = false;         // may rotate a part of the head (partial_rotary_factor)
  bool longrope = false;               // rotary scaling is longrope or none, not linear or llama3
  bool attention_bias = false;         // without a key: query, key and value always have a bias
  bool gguf_widths_per_layer = false;  // feed_forward_length may be a list
  bool gguf_permutes_rotary = false;   // see WeightRef::rotary_permuted
  float hugging_face_norm_offset = 0;  // see WeightRef::offset; of every norm

  // What else the files of this architecture say, after sizes, activation, rotary settings and
  // biases have been read; config.attention has its L layers, without windows, rotated by ropes[0].
  // nullptr: nothing.
  Status (*read_hugging_face)(const ConfigReader& json, ModelConfig& config) = nullptr;
  Status (*read_gguf)(const GgufReader& gguf, ModelConfig& config) = nullptr;
  // Adds its own keys to a config.json made of a GGUF file. nullptr: none.
  Status (*write_hugging_face)(const ModelConfig& config, Json& json) = nullptr;
  // Adds its own keys to a GGUF description; what they cannot say is found afterwards, by reading
  // them again. nullptr: none.
  void (*write_gguf)(const ModelConfig& config, GgufDescription& gguf) = nullptr;
  bool gguf_has_attention_bias = false;  // llama.cpp reads biases of query, key, value and output
  bool gguf_has_mlp_bias = false;
};

// nullptr when there is none.
const Architecture* FindArchitecture(std::string_view name);
const Architecture* FindArchitectureByModelType(std::string_view model_type);
const Architecture* FindArchitectureByGgufName(std::string_view gguf_name);
// "llama, …": for messages.
std::string KnownArchitectures();
// Why models of that name (a model_type, or GGUF's general.architecture) are not supported: "a
// mixture of experts". Empty when there is nothing to say.
std::string_view WhyRefused(std::string_view name);

bool HasPresence(const Architecture& architecture, Presence presence);
// Whether config.json says if query, key and value have biases (attention_bias).
bool HasBiasKey(const Architecture& architecture);
// The role's row of the table; nullptr when the architecture has no such role.
const RoleSpec* FindRole(const Architecture& architecture, Role role);
// The shape that `spec` has in a model of this config.
Shape ShapeOf(const RoleSpec& spec, const ModelConfig& config);
bool IsPresent(const RoleSpec& spec, const ModelConfig& config);

// How the tensors of a language model are named in a Hugging Face file.
enum class HuggingFaceNaming {
  kPlain,        // model.layers.…, lm_head.weight
  kInsideFirst,  // language_model.model.layers.…, language_model.lm_head.weight (transformers 4)
  kInsideModel,  // model.language_model.layers.…, lm_head.weight (transformers 5)
};
std::string HuggingFaceTensorName(const RoleSpec& spec, int32_t layer, HuggingFaceNaming naming);
std::string GgufTensorName(const RoleSpec& spec, int32_t layer);
// Adds ARCHITECTURE.`name`.
void AddGgufKey(std::string_view name, GgufNewValue value, GgufDescription& gguf);

}  // namespace fairprune
