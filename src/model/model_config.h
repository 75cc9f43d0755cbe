// The facts of a decoder-only GLU transformer, independent of the format they were read from.
//
// Letters used all over the project: T tokens, D model width, F neurons of one MLP, H query heads,
// K key-value heads, E head width, V vocabulary, L layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairprune {

enum class Activation { kSilu, kGeluTanh, kGelu };

enum class RopeType { kDefault, kLinear, kLlama3 };

// Rotary embedding. Pairs are (i, i + E/2) (the "NeoX" order of Hugging Face checkpoints).
struct RopeConfig {
  RopeType type = RopeType::kDefault;
  double theta = 10000.0;
  double factor = 1.0;                              // kLinear, kLlama3
  double low_freq_factor = 1.0;                     // kLlama3
  double high_freq_factor = 4.0;                    // kLlama3
  int64_t original_max_position_embeddings = 8192;  // kLlama3
};

struct ModelConfig {
  std::string architecture;       // "llama"
  int64_t num_layers = 0;         // L
  int64_t hidden_size = 0;        // D
  int64_t intermediate_size = 0;  // F
  int64_t num_heads = 0;          // H
  int64_t num_kv_heads = 0;       // K
  int64_t head_dim = 0;           // E
  int64_t vocab_size = 0;         // V
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  Activation activation = Activation::kSilu;
  RopeConfig rope;
  // [E/2], what each rotary frequency is divided by, on top of `rope` (a GGUF file keeps the llama3
  // scaling so, as the tensor rope_freqs.weight). Empty: none.
  std::vector<float> rope_freq_factors;
  bool tie_word_embeddings = false;
  bool attention_bias = false;
  bool mlp_bias = false;
};

// [E/2] rotary frequencies in radians per position, scaling included: position p turns the pair
// (i, i + E/2) by p * result[i]. In f32 as Hugging Face transformers computes them
// (modeling_rope_utils.py: default, linear, llama3).
std::vector<float> RotaryFrequencies(const ModelConfig& config);

}  // namespace fairprune
