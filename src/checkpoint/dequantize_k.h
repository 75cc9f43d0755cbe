// Inside the checkpoint room: what the two dequantisation files share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensor/dtype.h"

namespace fairprune {

// Converts `count` elements (whole blocks) at `in` to f32 at `out`.
using Converter = void (*)(const std::byte* in, int64_t count, float* out);

// The converters of Q2_K to Q6_K, IQ4_NL and IQ4_XS; nullptr for every other type.
Converter KQuantConverterOf(DType dtype);

template <typename T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

inline float LoadF16(const std::byte* from) { return F16ToF32(Load<uint16_t>(from)); }

}  // namespace fairprune
