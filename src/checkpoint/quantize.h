// From f32 to the element types that this program writes. Block layouts: docs/formats.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "tensor/dtype.h"

namespace fairprune {

// Whether Quantize knows the type: F32, F16, BF16, Q8_0, Q4_0, Q4_1.
bool CanQuantize(DType dtype);

// Converts `values` (whole blocks) to `out`, which has the bytes of as many elements. The bytes are
// those of the `gguf` Python package (gguf.quants.quantize), whose formulas are ggml's. `name`
// stands for the tensor in errors. Errors: kInvalidArgument (a NaN or infinity in a block, a value
// or scale beyond float16), kUnsupported (another type).
Status Quantize(std::span<const float> values, DType dtype, const std::string& name,
                std::byte* out);

}  // namespace fairprune
