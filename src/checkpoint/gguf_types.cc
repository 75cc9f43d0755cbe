#include "checkpoint/gguf_types.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fairprune {
namespace {

struct Known {
  uint32_t type;
  DType dtype;
};

constexpr std::array kKnown = {
    Known{0, DType::kF32},     Known{1, DType::kF16},     Known{2, DType::kQ4_0},
    Known{3, DType::kQ4_1},    Known{6, DType::kQ5_0},    Known{7, DType::kQ5_1},
    Known{8, DType::kQ8_0},    Known{10, DType::kQ2_K},   Known{11, DType::kQ3_K},
    Known{12, DType::kQ4_K},   Known{13, DType::kQ5_K},   Known{14, DType::kQ6_K},
    Known{20, DType::kIQ4_NL}, Known{23, DType::kIQ4_XS}, Known{24, DType::kI8},
    Known{25, DType::kI16},    Known{26, DType::kI32},    Known{27, DType::kI64},
    Known{28, DType::kF64},    Known{30, DType::kBF16},
};

struct Other {
  uint32_t type;
  std::string_view name;
};

// Types of the format without a DType, so that the refusal can name them.
constexpr std::array kOthers = {
    Other{4, "Q4_2"},        Other{5, "Q4_3"},        Other{9, "Q8_1"},
    Other{15, "Q8_K"},       Other{16, "IQ2_XXS"},    Other{17, "IQ2_XS"},
    Other{18, "IQ3_XXS"},    Other{19, "IQ1_S"},      Other{21, "IQ3_S"},
    Other{22, "IQ2_S"},      Other{29, "IQ1_M"},      Other{31, "Q4_0_4_4"},
    Other{32, "Q4_0_4_8"},   Other{33, "Q4_0_8_8"},   Other{34, "TQ1_0"},
    Other{35, "TQ2_0"},      Other{36, "IQ4_NL_4_4"}, Other{37, "IQ4_NL_4_8"},
    Other{38, "IQ4_NL_8_8"}, Other{39, "MXFP4"},      Other{40, "NVFP4"},
    Other{41, "Q1_0"},
};

}  // namespace

Result<DType> DTypeFromGguf(uint32_t type, const std::string& place) {
  const auto* known = std::find_if(kKnown.begin(), kKnown.end(),
                                   [&](const Known& each) { return each.type == type; });
  if (known != kKnown.end()) return known->dtype;
  const auto* other = std::find_if(kOthers.begin(), kOthers.end(),
                                   [&](const Other& each) { return each.type == type; });
  if (other != kOthers.end()) {
    return Fail(ErrorCode::kUnsupported,
                "{}: type {} is not supported; use a file in Q8_0, Q4_K_M or F16", place,
                other->name);
  }
  return Fail(ErrorCode::kBadFormat, "{}: there is no tensor type number {}", place, type);
}

int32_t GgufTypeOf(DType dtype) {
  const auto* known = std::find_if(kKnown.begin(), kKnown.end(),
                                   [&](const Known& each) { return each.dtype == dtype; });
  return known == kKnown.end() ? -1 : static_cast<int32_t>(known->type);
}

}  // namespace fairprune
