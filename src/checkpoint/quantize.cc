// One rounding per operation, in the order of gguf.quants: compiled without fused multiply-adds.
#include "checkpoint/quantize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace fairprune {
namespace {

constexpr size_t kBlock = 32;
constexpr size_t kHalf = kBlock / 2;
using Block = std::span<const float, kBlock>;

void StoreF16(float value, std::byte* out) {
  const uint16_t bits = F32ToF16(value);
  std::memcpy(out, &bits, sizeof(bits));
}

// 0 where a quant cannot matter: the float16 scale is 0 too.
float Inverse(float scale) {
  const float inverse = 1.0f / scale;
  return std::isfinite(inverse) ? inverse : 0.0f;
}

// Two quants of four bits to a byte: element j in the low half of byte j, j + 16 in its high half.
void StoreNibbles(const std::array<uint8_t, kBlock>& quants, std::byte* out) {
  for (size_t j = 0; j < kHalf; ++j)
    out[j] = static_cast<std::byte>(quants[j] | (quants[j + kHalf] << 4));
}

// Truncates a value that is not negative to 0..15; the small negative ones of rounding are 0.
uint8_t ToNibble(float value) {
  return static_cast<uint8_t>(std::clamp(std::trunc(value), 0.0f, 15.0f));
}

// d = max / 127 with max the largest magnitude; q rounds half away from zero.
void ToQ8_0(Block block, std::byte* out) {
  float largest = 0;
  for (const float value : block) largest = std::max(largest, std::fabs(value));
  const float scale = largest / 127;
  const float inverse = Inverse(scale);
  StoreF16(scale, out);
  for (size_t i = 0; i < kBlock; ++i)
    out[2 + i] = static_cast<std::byte>(static_cast<int8_t>(std::round(block[i] * inverse)));
}

// d = m / -8 with m the first value of the largest magnitude, sign kept.
void ToQ4_0(Block block, std::byte* out) {
  const float largest = *std::ranges::max_element(
      block, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  const float scale = largest / -8;
  const float inverse = Inverse(scale);
  std::array<uint8_t, kBlock> quants = {};
  for (size_t i = 0; i < kBlock; ++i) quants[i] = ToNibble(block[i] * inverse + 8.5f);
  StoreF16(scale, out);
  StoreNibbles(quants, out + 2);
}

// d = (max - min) / 15, m = min.
void ToQ4_1(Block block, std::byte* out) {
  const auto [least, largest] = std::ranges::minmax(block);
  const float scale = (largest - least) / 15;
  const float inverse = Inverse(scale);
  std::array<uint8_t, kBlock> quants = {};
  for (size_t i = 0; i < kBlock; ++i) quants[i] = ToNibble((block[i] - least) * inverse + 0.5f);
  StoreF16(scale, out);
  StoreF16(least, out + 2);
  StoreNibbles(quants, out + 4);
}

// Plain types: a value each.
Status ToHalf(std::span<const float> values, DType dtype, const std::string& name, std::byte* out) {
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = dtype == DType::kF16 ? F32ToF16(values[i]) : F32ToBf16(values[i]);
    if (dtype == DType::kF16 && std::isfinite(values[i]) && !std::isfinite(F16ToF32(bits)))
      return Fail(ErrorCode::kInvalidArgument,
                  "tensor {}: {} is beyond what float16 holds (65504); use bfloat16 or float32",
                  name, values[i]);
    std::memcpy(out + i * sizeof(bits), &bits, sizeof(bits));
  }
  return {};
}

Status ToBlocks(std::span<const float> values, DType dtype, const std::string& name,
                std::byte* out) {
  const auto block_bytes = static_cast<size_t>(LayoutOf(dtype).bytes);
  for (size_t i = 0; i + kBlock <= values.size(); i += kBlock, out += block_bytes) {
    const Block block = values.subspan(i).first<kBlock>();
    for (const float value : block)
      // Scales are float16, a minimum is a value itself, and a scale at most a value's 1/7.5.
      if (!std::isfinite(value) || std::fabs(value) > 65504.0f)
        return Fail(ErrorCode::kInvalidArgument,
                    "tensor {}: {} cannot be written as {}, whose scales are float16; use F32 or "
                    "BF16",
                    name, value, NameOf(dtype));
    if (dtype == DType::kQ8_0) {
      ToQ8_0(block, out);
    } else if (dtype == DType::kQ4_0) {
      ToQ4_0(block, out);
    } else {
      ToQ4_1(block, out);
    }
  }
  return {};
}

}  // namespace

bool CanQuantize(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 ||
         dtype == DType::kQ8_0 || dtype == DType::kQ4_0 || dtype == DType::kQ4_1;
}

Status Quantize(std::span<const float> values, DType dtype, const std::string& name,
                std::byte* out) {
  if (!CanQuantize(dtype))
    return Fail(ErrorCode::kUnsupported,
                "tensor {}: cannot write {}; expected F32, F16, BF16, Q8_0, Q4_0 or Q4_1", name,
                NameOf(dtype));
  if (static_cast<int64_t>(values.size()) % LayoutOf(dtype).elements != 0)
    return Fail(ErrorCode::kInvalidArgument, "tensor {}: {} elements are not whole blocks of {}",
                name, values.size(), NameOf(dtype));
  if (dtype == DType::kF32) {
    std::memcpy(out, values.data(), values.size_bytes());
    return {};
  }
  if (dtype == DType::kF16 || dtype == DType::kBF16) return ToHalf(values, dtype, name, out);
  return ToBlocks(values, dtype, name, out);
}

}  // namespace fairprune
