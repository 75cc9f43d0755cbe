// The facts of a decoder-only GLU transformer, independent of the format they were read from.
//
// Letters used all over the project: T tokens, D model width, F neurons of one MLP, H query heads,
// K key-value heads, E head width, R its rotated part, V vocabulary, L layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairprune {

enum class Activation { kSilu, kGeluTanh, kGelu };

enum class RopeType { kDefault, kLinear, kLlama3, kLongRope };

// Rotary embedding of the first R (ModelConfig::rotary_dim) elements of a head. Pairs are
// (i, i + R/2) (the "NeoX" order of Hugging Face checkpoints).
struct RopeConfig {
  RopeType type = RopeType::kDefault;
  double theta = 10000.0;
  double factor = 1.0;                              // kLinear, kLlama3
  double low_freq_factor = 1.0;                     // kLlama3
  double high_freq_factor = 4.0;                    // kLlama3
  int64_t original_max_position_embeddings = 8192;  // kLlama3, kLongRope
  // kLongRope, [R/2]: what each frequency is divided by, in sequences of at most
  // original_max_position_embeddings tokens and in longer ones (at every position of them).
  std::vector<float> short_factors, long_factors;
  double attention_factor = 1.0;  // kLongRope: multiplies cos and sin
  // [R/2], what each frequency is divided by, on top of `type` (a GGUF file keeps the llama3
  // scaling so, as the tensor rope_freqs.weight). Empty: none.
  std::vector<float> freq_factors;

  bool operator==(const RopeConfig&) const = default;
};

// What attention does in one layer.
struct LayerAttention {
  static constexpr int32_t kNoRope = -1;
  int32_t rope = 0;    // into ModelConfig::ropes, or kNoRope
  int64_t window = 0;  // a position sees itself and the window - 1 before it; 0: all before it

  bool operator==(const LayerAttention&) const = default;
};

// Norms of query and key before the rotation.
enum class QkNorm {
  kNone,
  kPerHead,  // each head on its own, weights [E]
  kWhole,    // over all heads at once, weights [H*E] and [K*E]
};

struct ModelConfig {
  std::string architecture;       // "llama"
  int64_t num_layers = 0;         // L
  int64_t hidden_size = 0;        // D
  int64_t intermediate_size = 0;  // F, of the widest layer
  // [L] where layers differ: neurons of each. Empty: all have intermediate_size.
  std::vector<int64_t> layer_widths;
  int64_t num_heads = 0;     // H
  int64_t num_kv_heads = 0;  // K
  int64_t head_dim = 0;      // E
  int64_t vocab_size = 0;    // V
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  Activation activation = Activation::kSilu;

  int64_t rotary_dim = 0;                 // R, even, at most E
  std::vector<RopeConfig> ropes = {{}};   // those that layers refer to
  std::vector<LayerAttention> attention;  // [L]
  double attention_scale = 0;             // multiplies q.k; 1 / sqrt(E) in most models
  double attention_softcap = 0;           // c: scores become c * tanh(score / c); 0: none
  QkNorm qk_norm = QkNorm::kNone;

  double embedding_multiplier = 1;  // of a token's embedding
  double residual_multiplier = 1;   // of what attention and MLP add to the residual stream
  double logit_divisor = 1;         // of the head's output, before logit_softcap
  double logit_softcap = 0;         // c: logits become c * tanh(logit / c); 0: none

  bool tie_word_embeddings = false;
  bool attention_bias = false;
  bool mlp_bias = false;
};

// Sequences of more positions than this use other frequencies (kLongRope) than shorter ones, at
// every position; 0: all sequences are alike.
int64_t LongSequenceLimit(const ModelConfig& config);

// [R/2] rotary frequencies in radians per position, scaling included: position p turns the pair
// (i, i + R/2) by p * result[i]. `long_sequence`: of a sequence beyond LongSequenceLimit. In f32
// as Hugging Face transformers computes them (modeling_rope_utils.py).
std::vector<float> RotaryFrequencies(const RopeConfig& rope, int64_t rotary_dim,
                                     bool long_sequence = false);

}  // namespace fairprune
