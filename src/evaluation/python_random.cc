#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "base/check.h"
#include "evaluation/python_text.h"

namespace fairprune::python {
namespace {

constexpr size_t kPeriod = 397;  // "m" of MT19937

}  // namespace

Random::Random(uint32_t seed) {
  const size_t size = state_.size();
  state_[0] = 19650218U;
  for (size_t i = 1; i < size; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<uint32_t>(i);
  }
  // init_by_array with the one-word key {seed}.
  size_t i = 1;
  for (size_t k = 0; k < size; ++k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525U)) + seed;
    if (++i == size) {
      state_[0] = state_[size - 1];
      i = 1;
    }
  }
  for (size_t k = 0; k + 1 < size; ++k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941U)) -
                static_cast<uint32_t>(i);
    if (++i == size) {
      state_[0] = state_[size - 1];
      i = 1;
    }
  }
  state_[0] = 0x80000000U;
}

uint32_t Random::NextWord() {
  const size_t size = state_.size();
  if (at_ == size) {
    for (size_t i = 0; i < size; ++i) {
      const uint32_t mixed = (state_[i] & 0x80000000U) | (state_[(i + 1) % size] & 0x7FFFFFFFU);
      state_[i] =
          state_[(i + kPeriod) % size] ^ (mixed >> 1) ^ ((mixed & 1U) != 0 ? 0x9908B0DFU : 0U);
    }
    at_ = 0;
  }
  uint32_t word = state_[at_++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9D2C5680U;
  word ^= (word << 15) & 0xEFC60000U;
  return word ^ (word >> 18);
}

double Random::NextDouble() {
  const uint32_t high = NextWord() >> 5;
  const uint32_t low = NextWord() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

size_t Random::NextChoice(size_t size) {
  return static_cast<size_t>(NextDouble() * static_cast<double>(size));
}

size_t Random::NextBelow(size_t bound) {
  const auto bits = std::bit_width(bound);
  size_t drawn = 0;
  do {
    drawn = NextWord() >> (32 - bits);
  } while (drawn >= bound);
  return drawn;
}

std::vector<size_t> Random::Sample(size_t size, size_t count) {
  FP_CHECK(count <= size && size < (size_t{1} << 32), "sample larger than its population");
  // random.sample takes from a shrinking pool when that is smaller than a set would be.
  double set_size = 21;
  if (count > 5) {
    set_size += std::pow(4.0, std::ceil(std::log(static_cast<double>(count * 3)) / std::log(4.0)));
  }
  std::vector<size_t> taken;
  if (static_cast<double>(size) <= set_size) {
    std::vector<size_t> pool(size);
    std::iota(pool.begin(), pool.end(), size_t{0});
    for (size_t i = 0; i < count; ++i) {
      const size_t at = NextBelow(size - i);
      taken.push_back(pool[at]);
      pool[at] = pool[size - i - 1];
    }
    return taken;
  }
  std::unordered_set<size_t> seen;
  while (taken.size() < count) {
    const size_t drawn = NextBelow(size);
    if (seen.insert(drawn).second) taken.push_back(drawn);
  }
  return taken;
}

}  // namespace fairprune::python
