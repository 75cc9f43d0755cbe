// What the fuzz targets of this room do with one input; the unit tests replay the corpus through
// the same functions. Any input may be refused; none may crash, hang or read outside its bytes.
#pragma once

#include <cstdint>
#include <span>

namespace fairprune {

void FuzzSentencePiece(std::span<const uint8_t> input);
void FuzzGgufTokenizer(std::span<const uint8_t> input);
void FuzzTiktoken(std::span<const uint8_t> input);
// A tokenizer.json, a byte 0, and a text for it.
void FuzzTokenizerJson(std::span<const uint8_t> input);

}  // namespace fairprune
