#include "forward/kv_cache.h"

#include <algorithm>

#include "base/check.h"

namespace fairprune {
namespace {

constexpr int64_t kSmallestCapacity = 64;

// A copy of the first `rows` rows in memory for `capacity` of them.
Tensor Grown(const Tensor& from, int64_t rows, int64_t capacity, int64_t cols) {
  Tensor to({capacity, cols});
  std::copy_n(from.data(), rows * cols, to.data());
  return to;
}

}  // namespace

KvCache::KvCache(const ModelConfig& config)
    : kv_size_(config.num_kv_heads * config.head_dim),
      long_sequence_limit_(LongSequenceLimit(config)),
      keys_(static_cast<size_t>(config.num_layers)),
      values_(static_cast<size_t>(config.num_layers)) {}

void KvCache::Truncate(int64_t count) {
  FP_CHECK(count >= 0 && count <= size(), "Truncate: at most what is held");
  const bool was_long = long_sequence_limit_ > 0 && size() > long_sequence_limit_;
  if (was_long && count <= long_sequence_limit_) count = 0;
  tokens_.resize(static_cast<size_t>(count));
}

int64_t KvCache::bytes() const {
  return 2 * std::ssize(keys_) * capacity_ * kv_size_ * static_cast<int64_t>(sizeof(float));
}

void KvCache::Reserve(int64_t positions) {
  if (positions <= capacity_) return;
  const int64_t capacity = std::max({positions, 2 * capacity_, kSmallestCapacity});
  for (std::vector<Tensor>* all : {&keys_, &values_}) {
    for (Tensor& tensor : *all) tensor = Grown(tensor, size(), capacity, kv_size_);
  }
  capacity_ = capacity;
}

MatrixView KvCache::Keys(int32_t layer, int64_t positions) {
  return {keys_[static_cast<size_t>(layer)].data(), positions, kv_size_, kv_size_};
}

MatrixView KvCache::Values(int32_t layer, int64_t positions) {
  return {values_[static_cast<size_t>(layer)].data(), positions, kv_size_, kv_size_};
}

void KvCache::Append(std::span<const int32_t> tokens) {
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
}

bool KvCache::Fits(const ModelConfig& config) const {
  return std::ssize(keys_) == config.num_layers &&
         kv_size_ == config.num_kv_heads * config.head_dim;
}

}  // namespace fairprune
