#include "tokenizer/unicode.h"

#include <utf8proc.h>

namespace fairprune {
namespace {

uint8_t Byte(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

// Bytes of the sequence that `lead` starts, 0 for a byte that starts none.
uint32_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

// Whether `second` may follow `lead`: refuses overlong forms, surrogates, and above U+10FFFF.
bool SecondByteFits(uint8_t lead, uint8_t second) {
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

}  // namespace

CodePoint DecodeAt(std::string_view text, size_t at) {
  const uint8_t lead = Byte(text, at);
  if (lead < 0x80) return {lead, 1};
  const uint32_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t value = lead & (0xFFu >> (length + 1));
  for (uint32_t i = 1; i < length && at + i < text.size(); ++i) {
    value = (value << 6) | (Byte(text, at + i) & 0x3Fu);
  }
  return {value, length};
}

CodePoint DecodeBefore(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && (Byte(text, at) & 0xC0u) == 0x80u) --at;
  return DecodeAt(text, at);
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
  for (utf8proc_ssize_t i = 0; i < length; ++i) out.push_back(static_cast<char>(bytes[i]));
}

bool IsWhiteSpace(uint32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

size_t WhiteSpaceBefore(std::string_view text, size_t end) {
  while (end > 0) {
    const CodePoint c = DecodeBefore(text, end);
    if (!IsWhiteSpace(c.value)) break;
    end -= c.num_bytes;
  }
  return end;
}

size_t WhiteSpaceAfter(std::string_view text, size_t at) {
  while (at < text.size()) {
    const CodePoint c = DecodeAt(text, at);
    if (!IsWhiteSpace(c.value)) break;
    at += c.num_bytes;
  }
  return at;
}

bool IsWordCharacter(uint32_t c) {
  if (c == 0x200C || c == 0x200D) return true;  // Join_Control
  // The symbols (So) that are Alphabetic: circled, squared and negative squared letters.
  if ((c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
      (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189)) {
    return true;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return false;
  }
}

bool IsNumeric(uint32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL ||
         category == UTF8PROC_CATEGORY_NO;
}

bool IsPunctuation(uint32_t c) {
  if (c < 0x80) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
  }
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

void AppendLowercase(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
  } else if (c == 0x130) {
    out.append("i\u0307");  // the one character whose full lower case is two
  } else {
    AppendUtf8(static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))), out);
  }
}

std::string Utf8Lossy(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const uint32_t length = SequenceLength(Byte(bytes, at));
    uint32_t good = length == 0 ? 0 : 1;  // leading bytes that fit together
    while (good > 0 && good < length && at + good < bytes.size()) {
      const uint8_t next = Byte(bytes, at + good);
      const bool fits = good == 1 ? SecondByteFits(Byte(bytes, at), next) : (next & 0xC0u) == 0x80u;
      if (!fits) break;
      ++good;
    }
    if (good == length && length > 0) {
      out.append(bytes.substr(at, length));
    } else {
      out.append("\xEF\xBF\xBD");
    }
    at += good == 0 ? 1 : good;
  }
  return out;
}

}  // namespace fairprune
