// What differs between two checkpoints, tensor by tensor.
//
//   FP_ASSIGN_OR_RETURN(CheckpointDiff diff, DiffCheckpoints({a, model_a}, {b, model_b}));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"

namespace fairprune {

// One model of a comparison; both must outlive it.
struct DiffSide {
  const Checkpoint& checkpoint;
  const Model& model;
};

// A tensor, or the part of a fused one that plays one role, as one side has it.
struct TensorFacts {
  std::string dtype;  // empty: there is no such tensor on this side
  Shape shape;
};

struct TensorDifference {
  std::string name;  // Hugging Face's; "(gate_proj)" behind it where several roles share a tensor
  TensorFacts a, b;
  // Where the shapes are equal. Values are compared as f32; NaN equals NaN.
  int64_t elements_changed = 0;
  double max_difference = 0;  // of |a - b|; infinite where one side alone is NaN or infinite
  int64_t rows_changed = 0, cols_changed = 0;  // of a matrix: with at least one changed element
  // Of gate_proj, up_proj and down_proj: neurons of A whose weights here are others in B; where B
  // is of another width, those whose row (column) B does not have anywhere.
  std::vector<int32_t> neurons;
};

struct CheckpointDiff {
  int64_t tensors_compared = 0;               // on either side
  std::vector<TensorDifference> differences;  // in A's order, then those that B alone has
  std::vector<std::vector<int32_t>> neurons;  // [L of A] ascending: in any tensor of the layer
};

// GGUF and Hugging Face models are compared by what their weights mean: row order and norm offsets
// of the formats are undone. Tensors that no role names are compared, by name, between two models
// of one format. Equal values of other types (bf16 widened to f32) are listed with 0 changed
// elements. Errors: kUnsupported (a type without values), and the readers'.
Result<CheckpointDiff> DiffCheckpoints(const DiffSide& a, const DiffSide& b);

}  // namespace fairprune
