// Code points of UTF-8 text, and the character classes that tokenizers cut text by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fairprune {

struct CodePoint {
  uint32_t value = 0;
  uint32_t num_bytes = 0;
};

// The code point that starts at `text[at]`. `text` is valid UTF-8, `at` < text.size().
CodePoint DecodeAt(std::string_view text, size_t at);
// The code point that ends before `end`. `text` is valid UTF-8, 0 < `end` <= text.size().
CodePoint DecodeBefore(std::string_view text, size_t end);
void AppendUtf8(uint32_t code_point, std::string& out);

// Unicode White_Space.
bool IsWhiteSpace(uint32_t code_point);
// Start of the white space that ends `text` at `end`.
size_t WhiteSpaceBefore(std::string_view text, size_t end);
// End of the white space of `text` that begins at `at`.
size_t WhiteSpaceAfter(std::string_view text, size_t at);
// `\w` of Unicode Technical Standard 18: Alphabetic, M, Nd, Pc, Join_Control.
bool IsWordCharacter(uint32_t code_point);
// General categories Nd, Nl, No.
bool IsNumeric(uint32_t code_point);
// ASCII's punctuation and symbols, and the general categories P*.
bool IsPunctuation(uint32_t code_point);

// Appends the full lower case of one character, without regard to what stands around it.
void AppendLowercase(uint32_t code_point, std::string& out);

// `bytes` as UTF-8 where each maximal part of an ill-formed sequence becomes one U+FFFD (the
// practice that the Unicode Standard, section 3.9, recommends).
std::string Utf8Lossy(std::string_view bytes);

}  // namespace fairprune
