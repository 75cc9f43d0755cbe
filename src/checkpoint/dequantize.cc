// From stored elements to f32. Block layouts: docs/formats.md. Every value is computed with the
// roundings of the `gguf` Python package (gguf.quants.dequantize), so the results are the same
// bits.
#include <algorithm>
#include <bit>
#include <cstring>

#include "checkpoint/dequantize_k.h"
#include "checkpoint/tensor_source.h"

namespace fairprune {
namespace {

// Elements of a block of the 32-element types.
constexpr int64_t kBlock = 32;
constexpr int64_t kHalf = kBlock / 2;

// Branch-free F16ToF32, for loops: the exponent is rebiased by an exact multiplication, which
// handles subnormals too; infinities and NaNs get their exponent by selection.
float WidenF16(uint16_t bits) {
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7FFFU) << 13;
  const uint32_t scaled = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
  const uint32_t special = magnitude | 0x7F800000U;
  const uint32_t result = (bits & 0x7C00U) == 0x7C00U ? special : scaled;
  return std::bit_cast<float>(result | (static_cast<uint32_t>(bits & 0x8000U) << 16));
}

void FromF64(const std::byte* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(Load<double>(in + 8 * i));
}
void FromF32(const std::byte* in, int64_t count, float* out) {
  std::memcpy(out, in, static_cast<size_t>(count) * sizeof(float));
}
void FromF16(const std::byte* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = WidenF16(Load<uint16_t>(in + 2 * i));
}
void FromBf16(const std::byte* in, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = Bf16ToF32(Load<uint16_t>(in + 2 * i));
}

// Q4_0: f16 scale | 16 bytes; byte j holds element j in its low and j + 16 in its high half.
void FromQ4_0(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 18, out += kBlock) {
    const float scale = LoadF16(in);
    const auto* quants = reinterpret_cast<const uint8_t*>(in + 2);
    for (int64_t j = 0; j < kHalf; ++j) {
      out[j] = scale * static_cast<float>((quants[j] & 15) - 8);
      out[j + kHalf] = scale * static_cast<float>((quants[j] >> 4) - 8);
    }
  }
}

// Q4_1: f16 scale | f16 minimum | 16 bytes as Q4_0.
void FromQ4_1(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 20, out += kBlock) {
    const float scale = LoadF16(in);
    const float minimum = LoadF16(in + 2);
    const auto* quants = reinterpret_cast<const uint8_t*>(in + 4);
    for (int64_t j = 0; j < kHalf; ++j) {
      out[j] = scale * static_cast<float>(quants[j] & 15) + minimum;
      out[j + kHalf] = scale * static_cast<float>(quants[j] >> 4) + minimum;
    }
  }
}

// The fifth bit of element j is bit j of a little-endian u32; the lower four as in Q4_0.
void UnpackQ5(const std::byte* high_bits, const std::byte* low_bits, int32_t* quants) {
  const auto high = Load<uint32_t>(high_bits);
  const auto* low = reinterpret_cast<const uint8_t*>(low_bits);
  for (int32_t j = 0; j < kHalf; ++j) {
    quants[j] = (low[j] & 15) | static_cast<int32_t>(((high >> j) & 1U) << 4);
    quants[j + kHalf] = (low[j] >> 4) | static_cast<int32_t>(((high >> (j + kHalf)) & 1U) << 4);
  }
}

// Q5_0: f16 scale | u32 fifth bits | 16 bytes.
void FromQ5_0(const std::byte* in, int64_t count, float* out) {
  int32_t quants[kBlock];
  for (; count > 0; count -= kBlock, in += 22, out += kBlock) {
    const float scale = LoadF16(in);
    UnpackQ5(in + 2, in + 6, quants);
    for (int64_t j = 0; j < kBlock; ++j) out[j] = scale * static_cast<float>(quants[j] - 16);
  }
}

// Q5_1: f16 scale | f16 minimum | u32 fifth bits | 16 bytes.
void FromQ5_1(const std::byte* in, int64_t count, float* out) {
  int32_t quants[kBlock];
  for (; count > 0; count -= kBlock, in += 24, out += kBlock) {
    const float scale = LoadF16(in);
    const float minimum = LoadF16(in + 2);
    UnpackQ5(in + 4, in + 8, quants);
    for (int64_t j = 0; j < kBlock; ++j) out[j] = scale * static_cast<float>(quants[j]) + minimum;
  }
}

// Q8_0: f16 scale | 32 signed bytes.
void FromQ8_0(const std::byte* in, int64_t count, float* out) {
  for (; count > 0; count -= kBlock, in += 34, out += kBlock) {
    const float scale = LoadF16(in);
    const auto* quants = reinterpret_cast<const int8_t*>(in + 2);
    for (int64_t j = 0; j < kBlock; ++j) out[j] = static_cast<float>(quants[j]) * scale;
  }
}

// nullptr: no conversion.
Converter ConverterOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return FromF64;
    case DType::kF32:
      return FromF32;
    case DType::kF16:
      return FromF16;
    case DType::kBF16:
      return FromBf16;
    case DType::kQ4_0:
      return FromQ4_0;
    case DType::kQ4_1:
      return FromQ4_1;
    case DType::kQ5_0:
      return FromQ5_0;
    case DType::kQ5_1:
      return FromQ5_1;
    case DType::kQ8_0:
      return FromQ8_0;
    default:
      return KQuantConverterOf(dtype);
  }
}

}  // namespace

Status ReadAsF32(const TensorEntry& entry, int64_t first, std::span<float> out) {
  const Converter convert = ConverterOf(entry.dtype);
  if (convert == nullptr) {
    return Fail(ErrorCode::kUnsupported,
                "tensor \"{}\": values of type {} cannot be read as numbers by this program; use a "
                "checkpoint in F32, BF16, F16 or Q8_0",
                entry.name, NameOf(entry.dtype));
  }
  const BlockLayout layout = LayoutOf(entry.dtype);
  const auto num_bytes = static_cast<int64_t>(entry.bytes.size());
  const int64_t num_elements = NumElements(entry.shape);
  if (num_bytes != num_elements / layout.elements * layout.bytes) {
    return Fail(ErrorCode::kInvalidArgument, "tensor \"{}\": {} bytes do not fit {} of {}",
                entry.name, num_bytes, ToString(entry.shape), NameOf(entry.dtype));
  }
  const auto count = static_cast<int64_t>(out.size());
  if (first < 0 || first > num_elements || count > num_elements - first ||
      first % layout.elements != 0 || count % layout.elements != 0) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "tensor \"{}\": elements [{}, {}) are not whole blocks of {} within its {} elements",
        entry.name, first, first + count, layout.elements, num_elements);
  }
  if (count > 0)
    convert(entry.bytes.data() + first / layout.elements * layout.bytes, count, out.data());
  return {};
}

Result<Tensor> ReadAsF32(const TensorEntry& entry) {
  // Before allocating: a type that cannot be read, or bytes that do not fit the shape.
  FP_RETURN_IF_ERROR(ReadAsF32(entry, 0, std::span<float>()));
  Tensor tensor(entry.shape);
  FP_RETURN_IF_ERROR(ReadAsF32(entry, 0, tensor.span()));
  return tensor;
}

}  // namespace fairprune
