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

int64_t LongSequenceLimit(const ModelConfig& config) {
  int64_t limit = 0;
  for (const RopeConfig& rope : config.ropes)
    if (rope.type == RopeType::kLongRope) limit = rope.original_max_position_embeddings;
  return limit;
}

std::vector<float> RotaryFrequencies(const RopeConfig& rope, int64_t rotary_dim,
                                     bool long_sequence) {
  const auto num_pairs = static_cast<size_t>(rotary_dim / 2);
  std::vector<float> frequencies(num_pairs);
  const std::vector<float>& longrope = long_sequence ? rope.long_factors : rope.short_factors;
  for (size_t i = 0; i < num_pairs; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(rotary_dim);
    const float power = std::pow(static_cast<float>(rope.theta), exponent);
    float frequency = 1.0f / power;
    if (rope.type == RopeType::kLinear) frequency /= static_cast<float>(rope.factor);
    if (rope.type == RopeType::kLlama3) frequency = Llama3Frequency(frequency, rope);
    if (rope.type == RopeType::kLongRope) frequency = 1.0f / (longrope[i] * power);
    if (!rope.freq_factors.empty()) frequency /= rope.freq_factors[i];
    frequencies[i] = frequency;
  }
  return frequencies;
}

}  // namespace fairprune
