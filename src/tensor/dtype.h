// Element and block types of stored tensors, and the conversions between 16-bit and 32-bit floats.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace fairprune {

// How a tensor's elements are stored. The first rows are plain elements, F4 and the F6 several to a
// byte; the Q rows are GGUF block quantisations (docs/formats.md gives their byte layout).
enum class DType {
  kF64,
  kF32,
  kF16,
  kBF16,
  kI64,
  kI32,
  kI16,
  kI8,
  kU8,
  kBool,
  kF8E4M3,
  kF8E5M2,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kF8E8M0,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU16,
  kU32,
  kU64,
  kC64,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ4_NL,
  kIQ4_XS,
};

// Elements per block and bytes per block: 1 and the element size for plain types.
struct BlockLayout {
  int64_t elements = 1;
  int64_t bytes = 0;
};
BlockLayout LayoutOf(DType dtype);

// "F32", "BF16", "Q4_1", …: the spelling of safetensors and GGUF.
std::string_view NameOf(DType dtype);

// Round to nearest even; NaN stays NaN.
uint16_t F32ToBf16(float value);
inline float Bf16ToF32(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
// IEEE binary16, round to nearest even, overflow to infinity.
uint16_t F32ToF16(float value);
float F16ToF32(uint16_t bits);

}  // namespace fairprune
