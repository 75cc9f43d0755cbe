// Cosines and sines of a model's rotations, by position.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/row_ops.h"
#include "model/model_config.h"
#include "tensor/tensor.h"

namespace fairprune {

class RopeTables {
 public:
  explicit RopeTables(const ModelConfig& config);

  // Makes every table hold the positions below `count`; with `long_sequences`, those of sequences
  // beyond LongSequenceLimit too.
  void Reserve(int64_t count, bool long_sequences);
  // The row of a position in every table; valid until the next Reserve.
  int32_t Row(int32_t position, bool long_sequence) const {
    return long_sequence ? position + static_cast<int32_t>(positions_) : position;
  }
  // The table of ModelConfig::ropes[rope]; [P or 2*P, R/2].
  compute::RopeTable of(int32_t rope) const;

 private:
  struct Table {
    std::vector<float> frequencies, long_frequencies;  // [R/2]
    float factor = 1.0F;                               // of cos and sin
    Tensor cos, sin;                                   // [P or 2*P, R/2]
  };
  std::vector<Table> tables_;
  int64_t positions_ = 0;
  bool has_long_ = false;
};

}  // namespace fairprune
