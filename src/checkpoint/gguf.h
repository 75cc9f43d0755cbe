// GGUF v2/v3 (docs/formats.md): metadata and tensors of llama.cpp's format.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checkpoint/tensor_source.h"

namespace fairprune {

// A metadata value. Integers of every width widen to int64_t (uint64 values above int64 max are
// kBadFormat), floats to double. Arrays of strings view the mapped file.
using GgufValue =
    std::variant<bool, int64_t, double, std::string, std::vector<bool>, std::vector<int64_t>,
                 std::vector<double>, std::vector<std::string_view>>;

class GgufFile : public TensorSource {
 public:
  // A file, or the first part of a model that is split over several (PREFIX-00001-of-0000N.gguf):
  // the others are read with it. Errors: kNotFound (also a missing part), kIo, kBadFormat (file,
  // offset and key or tensor), kInvalidArgument (a part that is not the first), kUnsupported
  // (version, big-endian, tensor type by name).
  static Result<std::unique_ptr<GgufFile>> Open(const std::string& path);
  // One file's content that the caller keeps alive; `source_name` stands for its path in errors.
  static Result<std::unique_ptr<GgufFile>> Parse(std::span<const std::byte> content,
                                                 const std::string& source_name);

  ~GgufFile() override;
  const std::vector<TensorEntry>& entries() const override;
  const std::vector<std::string>& files() const override;
  const TensorEntry* Find(const std::string& name) const override;
  void ReleasePages(const TensorEntry& entry) const override;
  void PrefetchPages(const TensorEntry& entry) const override;

  int version() const;
  // Of the first part. The order of the file is not kept: sorted by key.
  const std::map<std::string, GgufValue>& metadata() const;
  // Typed access; kNotFound or kBadFormat errors name the file and the key.
  Result<int64_t> Int(const std::string& key) const;
  Result<double> Double(const std::string& key) const;  // accepts integers too
  Result<std::string> String(const std::string& key) const;
  bool Has(const std::string& key) const;

 private:
  struct Impl;
  explicit GgufFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
