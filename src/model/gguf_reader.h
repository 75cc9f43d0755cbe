// A GGUF's metadata under one architecture's prefix ("llama."). Remembers which keys were asked
// for, so that those nobody asked for can be judged at the end. Internal to this room.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/gguf.h"

namespace fairprune {

class GgufReader {
 public:
  // `gguf` must outlive the reader; `source` names it in errors.
  GgufReader(const GgufFile& gguf, std::string_view prefix, std::string source);

  const GgufFile& file() const { return gguf_; }
  const std::string& source() const { return source_; }
  // ("rope.freq_base") -> "llama.rope.freq_base".
  std::string Key(std::string_view name) const;

  // Counts as read.
  bool Has(std::string_view name) const;
  // Errors: kNotFound, kBadFormat, naming the key; kUnsupported for a list, where layers differ.
  Result<int64_t> Int(std::string_view name) const;
  // A list of one a layer, or one for all.
  Result<std::vector<int64_t>> PerLayer(std::string_view name, int64_t num_layers) const;
  Result<double> Double(std::string_view name) const;
  Result<std::string> String(std::string_view name) const;
  Result<int64_t> IntOr(std::string_view name, int64_t otherwise) const;
  Result<double> DoubleOr(std::string_view name, double otherwise) const;
  Result<std::string> StringOr(std::string_view name, const std::string& otherwise) const;
  Result<bool> BoolOr(std::string_view name, bool otherwise) const;
  // A number of positions, at least one. Errors: kBadFormat too.
  Result<int64_t> WindowOr(std::string_view name, int64_t otherwise) const;

  // A vector of positive numbers stored as a tensor ("rope_freqs.weight"); empty if there is none.
  // Errors: kMismatch (a shape other than [size]), kBadFormat (a number that is no factor).
  Result<std::vector<float>> Factors(const std::string& tensor, int64_t size) const;

  // Refuses the first key under the prefix that was not read and changes what the model computes.
  // Errors: kUnsupported.
  Status RefuseUnread() const;

 private:
  const GgufFile& gguf_;
  std::string prefix_;
  std::string source_;
  mutable std::set<std::string> read_;  // whole keys
};

}  // namespace fairprune
