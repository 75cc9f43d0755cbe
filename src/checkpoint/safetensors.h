// The safetensors format (docs/formats.md): reader of one file or a sharded set, writer.
//
//   u64 little-endian header size N | N bytes of JSON: {"name": {"dtype", "shape",
//   "data_offsets": [begin, end)}, …, "__metadata__": {str: str}} | data
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/tensor_source.h"

namespace fairprune {

using StringMap = std::map<std::string, std::string>;

class SafetensorsFile : public TensorSource {
 public:
  // Errors: kNotFound, kIo, kBadFormat (naming file and tensor), kUnsupported (dtype).
  static Result<std::unique_ptr<SafetensorsFile>> Open(const std::string& path);
  // All shards named by `index_path` (model.safetensors.index.json), in the folder of the index.
  static Result<std::unique_ptr<SafetensorsFile>> OpenSharded(const std::string& index_path);
  // One file's content that the caller keeps alive; `source_name` stands for its path in errors.
  static Result<std::unique_ptr<SafetensorsFile>> Parse(std::span<const std::byte> content,
                                                        const std::string& source_name);

  ~SafetensorsFile() override;
  const std::vector<TensorEntry>& entries() const override;
  const std::vector<std::string>& files() const override;
  const TensorEntry* Find(const std::string& name) const override;
  void ReleasePages(const TensorEntry& entry) const override;
  void PrefetchPages(const TensorEntry& entry) const override;
  // `__metadata__` of the first file; empty if it has none.
  const StringMap& metadata() const;

 private:
  struct Impl;
  explicit SafetensorsFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A tensor to be written: its description, and a function that appends its bytes piece by piece
// (so that no checkpoint is ever held in memory as a whole).
struct TensorToWrite {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  // Calls `sink` with consecutive pieces whose sizes add up to the tensor's bytes.
  std::function<Status(const std::function<Status(std::span<const std::byte>)>& sink)> produce;
};

// A TensorToWrite over memory that the caller keeps alive until the write is done.
TensorToWrite ViewToWrite(std::string name, DType dtype, Shape shape,
                          std::span<const std::byte> bytes);

// Writes one file atomically, tensors in the given order, data 8-byte aligned.
// Errors: kIo; kInvalidArgument (duplicate names, a producer that gives another size).
Status WriteSafetensors(const std::string& path, const std::vector<TensorToWrite>& tensors,
                        const StringMap& metadata);

}  // namespace fairprune
