// From a format's own description of a model to ModelConfig. Internal to this room.
#pragma once

#include <functional>
#include <string>

#include "model/architecture.h"

namespace fairprune {

// Reads a parsed config.json; `source` names it in errors. Errors: kUnsupported (an architecture,
// or a key that changes the mathematics, by name and value), kNotFound and kBadFormat (a key).
Result<ModelConfig> ParseHuggingFaceConfig(const Json& config, const std::string& source);

// Reads a GGUF file's metadata, and what it says through its tensors (tied head, biases, rotary
// factors). Errors: the same.
Result<ModelConfig> ParseGgufConfig(const GgufFile& gguf, const std::string& source);

// The error for an architecture that is not supported, with the reason if there is one to name.
tl::unexpected<Error> RefuseArchitecture(const std::string& source, std::string_view key,
                                         std::string_view name);

// Extents positive and within what any model has, heads divisible. Errors: kBadFormat.
Status CheckSizes(const ModelConfig& config, const std::string& source);
// CheckSizes, and every other number usable: rotary settings, windows, factors. Errors: kBadFormat.
Status CheckConfig(const ModelConfig& config, const std::string& source);

// --- Steps that the readers of several architectures share. ---

// The rotary settings in `settings` (a whole "rope_scaling" or a kind of layer's
// "rope_parameters"), whose theta is `theta` unless they name their own. Refuses settings that it
// does not know.
Result<RopeConfig> ReadRopeSettings(const ConfigReader& settings, double theta);

// The same for longrope, some of whose numbers are outside of `settings`, in the model's own object
// `json`. `config` has its max_position_embeddings.
Result<RopeConfig> ReadLongRopeSettings(const ConfigReader& settings, double theta,
                                        const ConfigReader& json, const ModelConfig& config);
// How far longrope stretches the positions: the model's over the original ones.
double LongRopeStretch(const ModelConfig& config, const RopeConfig& rope);
// What multiplies cos and sin when the file does not say it. Source: transformers,
// modeling_rope_utils.py, _compute_longrope_parameters.
double LongRopeAttentionFactor(double factor, int64_t original_max_position_embeddings);

// Gives the layers called "sliding_attention" by the key layer_types (without it: those for which
// `slides` says so) the window; 0: they must not slide. `slides` gets the layer's index from 0.
Status ReadLayerTypes(const ConfigReader& json, int64_t window,
                      const std::function<bool(int64_t)>& slides, ModelConfig& config);
// The value of layer_types that says the same.
Json LayerTypes(const ModelConfig& config);

// Qwen's: use_sliding_window, sliding_window, max_window_layers, layer_types.
Status ReadQwenWindows(const ConfigReader& json, ModelConfig& config);
Status WriteQwenWindows(const ModelConfig& config, Json& json);

// Gemma's: query_pre_attn_scalar, which attention_scale is the inverse root of, as a whole number.
int64_t QueryPreAttentionScalar(const ModelConfig& config);

}  // namespace fairprune
