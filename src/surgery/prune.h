// Turns a plan into a checkpoint that Hugging Face transformers loads as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "selection/plan.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

enum class PruneMode {
  kZero,    // same shapes; the neuron's rows of gate_proj and up_proj and its column of down_proj are 0
  kRemove,  // rows and columns cut; every layer keeps the same width
};

struct PruneOptions {
  PruneMode mode = PruneMode::kZero;
  int64_t round_to = 1;           // kRemove: the common width is a multiple of this
  std::optional<DType> dtype;     // kF32, kF16, kBF16; default: the input's own (f32 for quantised)
  bool force = false;             // replace an existing folder
  // kRemove: [L, F], used to decide which extra neurons go (highest first) or are spared when the
  // layers' counts differ or the width is rounded. Empty: plan order alone.
  std::vector<float> fill_scores;
};

struct PruneSummary {
  int64_t intermediate_size_before = 0, intermediate_size_after = 0;
  int64_t neurons_planned = 0;
  int64_t neurons_removed = 0;  // kRemove: width change times layers
  int64_t parameters_before = 0, parameters_after = 0;
  int64_t bytes_written = 0;
  std::vector<std::vector<int32_t>> removed;  // per layer, ascending
};

// Writes `out_dir` (whole or absent). Errors: kMismatch (plan for another model), kExists, kIo, ….
Result<PruneSummary> PruneCheckpoint(const Checkpoint& checkpoint, const Model& model,
                                     const Tokenizer* tokenizer, const Plan& plan,
                                     const std::string& out_dir, const PruneOptions& options);

}  // namespace fairprune
