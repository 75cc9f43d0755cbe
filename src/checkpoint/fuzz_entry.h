// What the fuzz targets do with one input; the unit tests replay the corpus through the same
// functions. Any input may be refused; none may crash, hang or read outside its bytes.
#pragma once

#include <cstdint>
#include <span>

namespace fairprune {

void FuzzJson(std::span<const uint8_t> input);
void FuzzSafetensors(std::span<const uint8_t> input);
void FuzzGguf(std::span<const uint8_t> input);

}  // namespace fairprune
