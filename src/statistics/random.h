// Random numbers that are the same on every machine and compiler for a seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

namespace fairprune {

class RandomSource {
 public:
  explicit RandomSource(uint64_t seed) : engine_(seed) {}
  uint64_t Bits() { return engine_(); }
  // Uniform in [0, count), count >= 1. The standard library's own distributions differ between
  // implementations.
  int64_t Below(int64_t count) {
    const auto n = static_cast<uint64_t>(count);
    const uint64_t rest = (UINT64_MAX % n + 1) % n;  // 2^64 mod n
    uint64_t bits = engine_();
    while (bits > UINT64_MAX - rest) bits = engine_();
    return static_cast<int64_t>(bits % n);
  }

 private:
  std::mt19937_64 engine_;
};

// `size` of the indices 0 … count - 1, drawn without replacement, ascending; all of them where
// there are no more, or where `size` is 0 or less. The same for every count and seed.
inline std::vector<size_t> SampleIndices(size_t count, int64_t size, uint64_t seed) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto n = static_cast<int64_t>(count);
  if (size <= 0 || size >= n) return order;
  RandomSource random(seed);
  for (int64_t i = 0; i < size; ++i) {
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(i + random.Below(n - i))]);
  }
  order.resize(static_cast<size_t>(size));
  std::sort(order.begin(), order.end());
  return order;
}

// Those of `items`.
template <typename T>
std::vector<T> SampleOf(const std::vector<T>& items, int64_t size, uint64_t seed) {
  std::vector<T> sample;
  for (const size_t i : SampleIndices(items.size(), size, seed)) sample.push_back(items[i]);
  return sample;
}

}  // namespace fairprune
