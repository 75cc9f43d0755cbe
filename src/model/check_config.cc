#include <cmath>

#include "model/config_parsing.h"

namespace fairprune {
namespace {

// Far above any published model, and low enough that no product of two overflows int64.
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxHeads = int64_t{1} << 14;
constexpr int64_t kMaxHeadDim = int64_t{1} << 14;
constexpr int64_t kMaxExtent = int64_t{1} << 24;
constexpr int64_t kMaxPositions = int64_t{1} << 40;

bool IsPositive(double value) { return std::isfinite(value) && value > 0; }

Status CheckRope(const RopeConfig& rope, const std::string& source) {
  if (!IsPositive(rope.theta) || !IsPositive(rope.factor))
    return Fail(ErrorCode::kBadFormat, "{}: rope_theta {} and factor {} must be above 0", source,
                rope.theta, rope.factor);
  if (rope.type != RopeType::kLlama3) return {};
  if (!IsPositive(rope.low_freq_factor) || !IsPositive(rope.high_freq_factor) ||
      rope.high_freq_factor <= rope.low_freq_factor || rope.original_max_position_embeddings <= 0)
    return Fail(ErrorCode::kBadFormat,
                "{}: llama3 rotary scaling with low_freq_factor {}, high_freq_factor {}, "
                "original_max_position_embeddings {}; expected 0 < low < high and positions > 0",
                source, rope.low_freq_factor, rope.high_freq_factor,
                rope.original_max_position_embeddings);
  return {};
}

Status CheckLongRope(const RopeConfig& rope, int64_t rotary_dim, const std::string& source) {
  if (rope.original_max_position_embeddings <= 1 || !IsPositive(rope.attention_factor))
    return Fail(ErrorCode::kBadFormat,
                "{}: longrope with original_max_position_embeddings {}, attention factor {}; "
                "expected above 1, above 0",
                source, rope.original_max_position_embeddings, rope.attention_factor);
  for (const auto* factors : {&rope.short_factors, &rope.long_factors}) {
    if (static_cast<int64_t>(factors->size()) * 2 != rotary_dim)
      return Fail(ErrorCode::kBadFormat, "{}: longrope with {} factors; expected {}", source,
                  factors->size(), rotary_dim / 2);
    for (const float factor : *factors)
      if (!IsPositive(factor))
        return Fail(ErrorCode::kBadFormat, "{}: longrope with the factor {}; expected above 0",
                    source, factor);
  }
  return {};
}

}  // namespace

Status CheckSizes(const ModelConfig& config, const std::string& source) {
  struct Bound {
    const char* name;
    int64_t value, maximum;
  };
  for (const Bound& bound : {
           Bound{"number of layers", config.num_layers, kMaxLayers},
           Bound{"hidden_size", config.hidden_size, kMaxExtent},
           Bound{"intermediate_size", config.intermediate_size, kMaxExtent},
           Bound{"number of attention heads", config.num_heads, kMaxHeads},
           Bound{"number of key-value heads", config.num_kv_heads, kMaxHeads},
           Bound{"head_dim", config.head_dim, kMaxHeadDim},
           Bound{"vocab_size", config.vocab_size, kMaxExtent},
           Bound{"max_position_embeddings", config.max_position_embeddings, kMaxPositions},
       })
    if (bound.value < 1 || bound.value > bound.maximum)
      return Fail(ErrorCode::kBadFormat, "{}: {} is {}; expected 1 to {}", source, bound.name,
                  bound.value, bound.maximum);
  if (config.num_heads % config.num_kv_heads != 0)
    return Fail(ErrorCode::kBadFormat,
                "{}: {} attention heads are no multiple of {} key-value heads", source,
                config.num_heads, config.num_kv_heads);
  if (config.head_dim % 2 != 0)
    return Fail(ErrorCode::kBadFormat, "{}: head_dim {} is odd; rotary pairs need it even", source,
                config.head_dim);
  if (!IsPositive(config.rms_norm_eps))
    return Fail(ErrorCode::kBadFormat, "{}: rms_norm_eps is {}; expected above 0", source,
                config.rms_norm_eps);
  return {};
}

Status CheckConfig(const ModelConfig& config, const std::string& source) {
  FP_RETURN_IF_ERROR(CheckSizes(config, source));
  if (config.rotary_dim < 2 || config.rotary_dim > config.head_dim || config.rotary_dim % 2 != 0)
    return Fail(ErrorCode::kBadFormat,
                "{}: {} elements of a head {} wide rotate; expected an even number from 2", source,
                config.rotary_dim, config.head_dim);
  for (const RopeConfig& rope : config.ropes) {
    FP_RETURN_IF_ERROR(CheckRope(rope, source));
    if (rope.type == RopeType::kLongRope)
      FP_RETURN_IF_ERROR(CheckLongRope(rope, config.rotary_dim, source));
  }
  struct Factor {
    const char* name;
    double value;
    bool may_be_zero;
  };
  for (const Factor& factor : {
           Factor{"scale of attention scores", config.attention_scale, false},
           Factor{"soft-cap of attention scores", config.attention_softcap, true},
           Factor{"soft-cap of logits", config.logit_softcap, true},
           Factor{"multiplier of embeddings", config.embedding_multiplier, false},
           Factor{"multiplier of residuals", config.residual_multiplier, false},
           Factor{"divisor of logits", config.logit_divisor, false},
       })
    if (!IsPositive(factor.value) && !(factor.may_be_zero && factor.value == 0))
      return Fail(ErrorCode::kBadFormat, "{}: the {} is {}; expected above 0", source, factor.name,
                  factor.value);
  return {};
}

}  // namespace fairprune
