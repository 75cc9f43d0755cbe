// What every checkpoint format offers: named tensors with a type, a shape and their raw bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"

namespace fairprune {

// One stored tensor. `shape` is row-major, outermost extent first, as PyTorch prints it (GGUF's
// reversed order is undone by its reader). `bytes` views the mapped file and lives as long as the
// TensorSource that gave it.
struct TensorEntry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;
  int32_t file_idx = 0;  // into TensorSource::files()
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  // In file order (shards in the order of their names).
  virtual const std::vector<TensorEntry>& entries() const = 0;
  // Paths of the files that hold tensors.
  virtual const std::vector<std::string>& files() const = 0;
  // nullptr when there is none of that name. O(1).
  virtual const TensorEntry* Find(const std::string& name) const = 0;

  // Hints for reading a checkpoint that is larger than the memory, tensor by tensor. `entry` is one
  // of entries(), or has a part of its bytes. They change no value and are safe to call from
  // several threads; without a mapped file (Parse) they do nothing.
  //
  // The tensor's pages may leave memory: its next reader gets them from the disk again.
  virtual void ReleasePages(const TensorEntry& entry) const = 0;
  // The tensor will be read soon: its pages are fetched from the disk meanwhile.
  virtual void PrefetchPages(const TensorEntry& entry) const = 0;
};

// Converts (dequantises) elements [first, first + out.size()) of a tensor to f32. For block types
// `first` and out.size() must be multiples of the block's element count, or run to the tensor's
// end. Errors: kUnsupported (a type with no conversion to f32, named), kInvalidArgument (range).
Status ReadAsF32(const TensorEntry& entry, int64_t first, std::span<float> out);
// The whole tensor.
Result<Tensor> ReadAsF32(const TensorEntry& entry);

}  // namespace fairprune
