// The keys and values of one sequence, layer by layer, kept so that what follows it is computed
// without it.
//
//   KvCache cache(engine.config());
//   FP_RETURN_IF_ERROR(engine.Extend(prompt, cache, {.logits = sink}));   // the last id's logits
//   FP_RETURN_IF_ERROR(engine.Extend({&next, 1}, cache, {.logits = sink}));
//
// All positions are kept, those that a window hides from later ones too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/model_config.h"
#include "tensor/tensor.h"

namespace fairprune {

class KvCache {
 public:
  explicit KvCache(const ModelConfig& config);

  // The ids whose keys and values are held, from position 0 on.
  std::span<const int32_t> tokens() const { return tokens_; }
  int64_t size() const { return std::ssize(tokens_); }
  // Forgets the ids from position `size` on; `size` at most size(). Where the model turns sequences
  // beyond a limit by other rotary frequencies (LongSequenceLimit), one that was longer is
  // forgotten whole if what is left is not.
  void Truncate(int64_t size);
  // f32 memory of keys and values: 8 bytes per layer, position and element of a key.
  int64_t bytes() const;

  // What the engine does with it: whether it is of a model of this form; room for `positions`, what
  // is held stays; a layer's keys and values, [positions, K*E] each, valid until it grows; ids
  // whose keys and values were written behind the others'.
  bool Fits(const ModelConfig& config) const;
  void Reserve(int64_t positions);
  MatrixView Keys(int32_t layer, int64_t positions);
  MatrixView Values(int32_t layer, int64_t positions);
  void Append(std::span<const int32_t> tokens);

 private:
  int64_t kv_size_;  // K*E
  int64_t long_sequence_limit_;
  int64_t capacity_ = 0;
  std::vector<Tensor> keys_, values_;  // [L] of [capacity, K*E]
  std::vector<int32_t> tokens_;
};

}  // namespace fairprune
