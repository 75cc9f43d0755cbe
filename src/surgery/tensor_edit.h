// A stored tensor on its way to a new file: rows and columns picked, zeroed or reordered, elements
// converted, piece by piece. Internal to this room.
#pragma once

#include <memory>
#include <vector>

#include "checkpoint/safetensors.h"
#include "checkpoint/tensor_source.h"

namespace fairprune {

// What compensation adds to the columns of a matrix: to column j of the result, the sum over i of
// weights[i, j] times column taken[i] of the source.
struct ColumnMix {
  std::vector<int64_t> taken;
  std::vector<float> weights;  // [taken, columns of the result]
};

// Per row (column) of the result: the row (column) of the source, or -1 for zeros. Empty: all of
// them as they are. A vector's elements are its rows.
struct TensorEdit {
  std::vector<int64_t> rows, cols;
  float add = 0;                         // to every element that is read, in f32
  std::shared_ptr<const ColumnMix> mix;  // nullptr: none; only with cols
  bool empty() const { return rows.empty() && cols.empty() && add == 0 && mix == nullptr; }
};

// The result's shape.
Shape EditedShape(const Shape& shape, const TensorEdit& edit);

// A TensorToWrite of `entry` after `edit`, as `dtype` (one that Quantize knows, whose blocks fill
// the result's rows; or the entry's own, where nothing is picked inside of blocks).
// Elements that keep type and value keep their bits; an unedited tensor of the same type is written
// byte for byte. `entry` must outlive the write. Its producer's errors: kInvalidArgument (a finite
// value beyond float16), kUnsupported.
TensorToWrite EditToWrite(std::string name, const TensorEntry& entry, TensorEdit edit, DType dtype);

// Two tensors of one type on their way to one: per row (column) of the result the row (column) of
// `kept`, or, as ~row, of `taken`. One of the two is empty.
struct TensorMerge {
  std::vector<int64_t> rows, cols;
};

// A TensorToWrite of what the merge gives, bit for bit. Both entries must outlive the write and
// have the extents that the merge reads.
TensorToWrite MergeToWrite(std::string name, const TensorEntry& kept, const TensorEntry& taken,
                           TensorMerge merge);

}  // namespace fairprune
