#include <cmath>
#include <numbers>

#include "model/model_config.h"

namespace fairprune {
namespace {

// Scales one frequency as Llama 3.1 does: long wavelengths by 1 / factor, short ones not at all, a
// ramp between. Source: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
float Llama3Frequency(float frequency, const RopeConfig& rope) {
  const auto factor = static_cast<float>(rope.factor);
  const auto original = static_cast<float>(rope.original_max_position_embeddings);
  const auto low = static_cast<float>(rope.low_freq_factor);
  const auto high = static_cast<float>(rope.high_freq_factor);
  const float wavelength = 2 * std::numbers::pi_v<float> / frequency;
  if (wavelength < original / high) return frequency;
  if (wavelength > original / low) return frequency / factor;
  const float smooth = (original / wavelength - low) / (high - low);
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

}  // namespace

std::vector<float> RotaryFrequencies(const ModelConfig& config) {
  const int64_t num_pairs = config.head_dim / 2;
  std::vector<float> frequencies(static_cast<size_t>(num_pairs));
  for (int64_t i = 0; i < num_pairs; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(config.head_dim);
    float frequency = 1.0f / std::pow(static_cast<float>(config.rope.theta), exponent);
    if (config.rope.type == RopeType::kLinear) frequency /= static_cast<float>(config.rope.factor);
    if (config.rope.type == RopeType::kLlama3) frequency = Llama3Frequency(frequency, config.rope);
    if (!config.rope_freq_factors.empty())
      frequency /= config.rope_freq_factors[static_cast<size_t>(i)];
    frequencies[static_cast<size_t>(i)] = frequency;
  }
  return frequencies;
}

}  // namespace fairprune
