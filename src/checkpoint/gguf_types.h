// The numbers by which GGUF names tensor types and metadata types.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "tensor/dtype.h"

namespace fairprune {

enum class GgufValueType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

// `place` names file and tensor. Errors: kUnsupported (a type of the format that this program does
// not know how to hold, by its name), kBadFormat (no such number).
Result<DType> DTypeFromGguf(uint32_t type, const std::string& place);

// The number of a type; -1 for those that only safetensors has (BOOL, F8_E4M3 …).
int32_t GgufTypeOf(DType dtype);

}  // namespace fairprune
