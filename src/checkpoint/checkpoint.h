// A model on disk, whichever its format: a Hugging Face folder or a GGUF file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"
#include "io/json.h"

namespace fairprune {

enum class CheckpointFormat { kHuggingFace, kGguf };

class Checkpoint {
 public:
  // `path`: a folder with config.json and model.safetensors (or model.safetensors.index.json), a
  // GGUF file (known by its first bytes) or the first part of a split one, or a folder without
  // config.json that has one .gguf file or the parts of one model.
  // Errors name what was looked for and what was found.
  static Result<Checkpoint> Open(const std::string& path);

  Checkpoint(Checkpoint&&) noexcept;
  Checkpoint& operator=(Checkpoint&&) noexcept;
  ~Checkpoint();

  const std::string& path() const { return path_; }
  CheckpointFormat format() const { return format_; }
  const TensorSource& tensors() const;
  // The parsed config.json; nullptr for GGUF.
  const Json* config() const;
  // nullptr for a Hugging Face folder.
  const GgufFile* gguf() const;
  // Path of a file of the Hugging Face folder ("tokenizer.json"); empty if absent or GGUF.
  std::string SideFile(const std::string& name) const;
  // SHA-256 over config.json and every tensor file, in name order: what a plan or an undo patch is
  // bound to. It is the hash of the lines "HASH  NAME\n", so `cd MODEL; sha256sum config.json
  // *.safetensors | sha256sum` gives it too. For a GGUF file: the file's own SHA-256; for a split
  // one the hash of such lines over its parts. Cached after the first call; safe to call from
  // several threads.
  Result<std::string> ContentHash() const;

 private:
  Checkpoint();
  struct Impl;
  std::string path_;
  CheckpointFormat format_ = CheckpointFormat::kHuggingFace;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
