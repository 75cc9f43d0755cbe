#include "forward/rope_tables.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace fairprune {
namespace {

// Writes the rows of positions 0 to `count` - 1.
void FillRows(const std::vector<float>& frequencies, float factor, int64_t count, float* cos,
              float* sin) {
  for (int64_t p = 0; p < count; ++p) {
    for (const float frequency : frequencies) {
      // The angle is rounded to f32 as in Hugging Face's implementation.
      const float angle = static_cast<float>(p) * frequency;
      *cos++ = std::cos(angle) * factor;
      *sin++ = std::sin(angle) * factor;
    }
  }
}

}  // namespace

RopeTables::RopeTables(const ModelConfig& config) {
  for (const RopeConfig& rope : config.ropes) {
    Table& table = tables_.emplace_back();
    table.frequencies = RotaryFrequencies(rope, config.rotary_dim);
    table.long_frequencies = RotaryFrequencies(rope, config.rotary_dim, /*long_sequence=*/true);
    table.factor = static_cast<float>(rope.attention_factor);
  }
}

void RopeTables::Reserve(int64_t count, bool long_sequences) {
  if (count <= positions_ && (has_long_ || !long_sequences)) return;
  if (count > positions_) positions_ = std::max(count, 2 * positions_);
  has_long_ = has_long_ || long_sequences;
  for (Table& table : tables_) {
    const auto pairs = static_cast<int64_t>(table.frequencies.size());
    const int64_t rows = has_long_ ? 2 * positions_ : positions_;
    table.cos = Tensor({rows, pairs});
    table.sin = Tensor({rows, pairs});
    FillRows(table.frequencies, table.factor, positions_, table.cos.data(), table.sin.data());
    if (!has_long_) continue;
    const int64_t skip = positions_ * pairs;
    FillRows(table.long_frequencies, table.factor, positions_, table.cos.data() + skip,
             table.sin.data() + skip);
  }
}

compute::RopeTable RopeTables::of(int32_t rope) const {
  FP_CHECK(rope >= 0 && static_cast<size_t>(rope) < tables_.size(), "a rope of the config");
  const Table& table = tables_[static_cast<size_t>(rope)];
  return {table.cos.matrix(), table.sin.matrix()};
}

}  // namespace fairprune
