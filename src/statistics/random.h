// Random numbers that are the same on every machine and compiler for a seed.
#pragma once

#include <cstdint>
#include <random>

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

}  // namespace fairprune
