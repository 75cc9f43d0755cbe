// The 256-element block types, whose sub-blocks have quantised scales of their own, and the two
// types with a table of values. Block layouts: docs/formats.md.
#include "checkpoint/dequantize_k.h"

namespace fairprune {
namespace {

constexpr int64_t kBlock = 256;

const uint8_t* Bytes(const std::byte* from) { return reinterpret_cast<const uint8_t*>(from); }

// Q2_K: 16 bytes of scales (low half) and minima (high half) | 64 bytes | f16 scale | f16 minimum.
// Each half of the block has 32 bytes; bits 2j, 2j+1 of byte l are element 32j + l of the half.
void FromQ2K(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 84) {
    const uint8_t* scales = Bytes(in);
    const float scale = LoadF16(in + 80);
    const float minimum = LoadF16(in + 82);
    for (int sub = 0; sub < 16; ++sub) {
      const uint8_t* quants = Bytes(in) + 16 + 32 * (sub / 8) + 16 * (sub % 2);
      const int shift = 2 * (sub % 8 / 2);
      const float sub_scale = scale * static_cast<float>(scales[sub] & 15);
      const float sub_minimum = minimum * static_cast<float>(scales[sub] >> 4);
      for (int l = 0; l < 16; ++l) {
        *out++ = sub_scale * static_cast<float>((quants[l] >> shift) & 3) - sub_minimum;
      }
    }
  }
}

// Q3_K: 32 bytes of third bits | 64 bytes as Q2_K | 12 bytes of 6-bit scales | f16 scale. An
// element whose third bit is clear is 4 lower. Scale i has its low four bits in byte i % 8 (low
// half for i < 8) and its high two in byte 8 + i % 4.
void FromQ3K(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 110) {
    const uint8_t* scales = Bytes(in) + 96;
    const float scale = LoadF16(in + 108);
    for (int sub = 0; sub < 16; ++sub) {
      const int low = (scales[sub % 8] >> (sub < 8 ? 0 : 4)) & 15;
      const int high = (scales[8 + sub % 4] >> (2 * (sub / 4))) & 3;
      const float sub_scale = scale * static_cast<float>((low | (high << 4)) - 32);
      const uint8_t* quants = Bytes(in) + 32 + 32 * (sub / 8) + 16 * (sub % 2);
      const uint8_t* third = Bytes(in) + 16 * (sub % 2);
      const int shift = 2 * (sub % 8 / 2);
      for (int l = 0; l < 16; ++l) {
        const int quant = ((quants[l] >> shift) & 3) - (((third[l] >> (sub / 2)) & 1) != 0 ? 0 : 4);
        *out++ = sub_scale * static_cast<float>(quant);
      }
    }
  }
}

struct ScaleAndMinimum {
  int scale = 0, minimum = 0;
};

// The j-th (of 8) 6-bit scale and minimum of Q4_K and Q5_K, from their 12 bytes.
ScaleAndMinimum UnpackScale(const uint8_t* packed, int j) {
  if (j < 4) return {packed[j] & 63, packed[j + 4] & 63};
  return {(packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4),
          (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4)};
}

// Q4_K: f16 scale | f16 minimum | 12 bytes of scales and minima | 128 bytes, 32 for each 64
// elements: the first 32 in the low halves, the others in the high halves.
// Q5_K: the same with 32 bytes of fifth bits before the 128: bit j of byte l is for sub-block j.
template <bool kHasFifthBits>
void FromQ4KOrQ5K(const std::byte* in, int64_t count, float* out) {
  constexpr int kQuantsAt = kHasFifthBits ? 48 : 16;
  for (; count > 0; count -= kBlock, in += kQuantsAt + 128) {
    const float scale = LoadF16(in);
    const float minimum = LoadF16(in + 2);
    for (int sub = 0; sub < 8; ++sub) {
      const ScaleAndMinimum packed = UnpackScale(Bytes(in) + 4, sub);
      const float sub_scale = scale * static_cast<float>(packed.scale);
      const float sub_minimum = minimum * static_cast<float>(packed.minimum);
      const uint8_t* quants = Bytes(in) + kQuantsAt + 32 * (sub / 2);
      const uint8_t* fifth = Bytes(in) + 16;
      const int shift = 4 * (sub % 2);
      for (int l = 0; l < 32; ++l) {
        int quant = (quants[l] >> shift) & 15;
        if constexpr (kHasFifthBits) quant |= ((fifth[l] >> sub) & 1) << 4;
        *out++ = sub_scale * static_cast<float>(quant) - sub_minimum;
      }
    }
  }
}

// Q6_K: 128 bytes of low four bits | 64 bytes of high two bits | 16 signed scales | f16 scale. For
// each half of the block: quarter q (32 elements) has its low bits in bytes 32 (q % 2) + l, low
// halves for q < 2, and its high bits at bits 2q of byte l.
void FromQ6K(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 210) {
    const auto* scales = reinterpret_cast<const int8_t*>(in + 192);
    const float scale = LoadF16(in + 208);
    for (int sub = 0; sub < 16; ++sub) {
      const int quarter = sub % 8 / 2;
      const uint8_t* low = Bytes(in) + 64 * (sub / 8) + 32 * (quarter % 2) + 16 * (sub % 2);
      const uint8_t* high = Bytes(in) + 128 + 32 * (sub / 8) + 16 * (sub % 2);
      const int low_shift = quarter < 2 ? 0 : 4;
      const int high_shift = 2 * quarter;
      const float sub_scale = scale * static_cast<float>(scales[sub]);
      for (int l = 0; l < 16; ++l) {
        const int quant = ((low[l] >> low_shift) & 15) | (((high[l] >> high_shift) & 3) << 4);
        *out++ = sub_scale * static_cast<float>(quant - 32);
      }
    }
  }
}

// The sixteen values that a 4-bit index of the IQ4 types stands for: a fact of the format.
constexpr float kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                  1,    13,   25,  38,  53,  69,  89,  113};

// 32 elements from 16 bytes: the low halves, then the high halves.
void ExpandIq4(const uint8_t* quants, float scale, float* out) {
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * kIq4Values[quants[j] & 15];
    out[j + 16] = scale * kIq4Values[quants[j] >> 4];
  }
}

// IQ4_NL: f16 scale | 16 bytes; blocks of 32.
void FromIq4Nl(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= 32, in += 18, out += 32) ExpandIq4(Bytes(in) + 2, LoadF16(in), out);
}

// IQ4_XS: f16 scale | u16 high two bits of 8 scales | 4 bytes of their low four | 128 bytes.
void FromIq4Xs(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 136) {
    const float scale = LoadF16(in);
    const int high_bits = Load<uint16_t>(in + 2);
    for (int sub = 0; sub < 8; ++sub, out += 32) {
      const int low = (Bytes(in)[4 + sub / 2] >> (4 * (sub % 2))) & 15;
      const int high = (high_bits >> (2 * sub)) & 3;
      const float sub_scale = scale * static_cast<float>((low | (high << 4)) - 32);
      ExpandIq4(Bytes(in) + 8 + 16 * sub, sub_scale, out);
    }
  }
}

}  // namespace

Converter KQuantConverterOf(DType dtype) {
  switch (dtype) {
    case DType::kQ2_K:
      return FromQ2K;
    case DType::kQ3_K:
      return FromQ3K;
    case DType::kQ4_K:
      return FromQ4KOrQ5K<false>;
    case DType::kQ5_K:
      return FromQ4KOrQ5K<true>;
    case DType::kQ6_K:
      return FromQ6K;
    case DType::kIQ4_NL:
      return FromIq4Nl;
    case DType::kIQ4_XS:
      return FromIq4Xs;
    default:
      return nullptr;
  }
}

}  // namespace fairprune
