#include "evaluation/python_text.h"

#include <utf8proc.h>

#include "base/text.h"
#include "tokenizer/unicode.h"

namespace fairprune::python {
namespace {

// str.isspace of one code point. Python's set is Unicode's White_Space and the information
// separators U+001C to U+001F.
bool IsSpace(uint32_t code_point) {
  return IsWhiteSpace(code_point) || (code_point >= 0x1C && code_point <= 0x1F);
}

void AppendLower(uint32_t code_point, std::string& out) {
  AppendUtf8(static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point))),
             out);
}

}  // namespace

std::string_view StripLeft(std::string_view text) {
  while (!text.empty()) {
    const CodePoint first = DecodeAt(text, 0);
    if (!IsSpace(first.value)) break;
    text.remove_prefix(first.num_bytes);
  }
  return text;
}

std::string_view StripRight(std::string_view text) {
  while (!text.empty()) {
    const CodePoint last = DecodeBefore(text, text.size());
    if (!IsSpace(last.value)) break;
    text.remove_suffix(last.num_bytes);
  }
  return text;
}

std::string_view Strip(std::string_view text) { return StripRight(StripLeft(text)); }

std::string Lower(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint code_point = DecodeAt(text, at);
    AppendLower(code_point.value, out);
    at += code_point.num_bytes;
  }
  return out;
}

std::string Capitalize(std::string_view text) {
  if (text.empty()) return {};
  const CodePoint first = DecodeAt(text, 0);
  std::string out;
  AppendUtf8(static_cast<uint32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(first.value))),
             out);
  return out + Lower(text.substr(first.num_bytes));
}

std::string LowerFirst(std::string_view text) {
  if (text.empty()) return {};
  const CodePoint first = DecodeAt(text, 0);
  std::string out;
  AppendLower(first.value, out);
  return out.append(text.substr(first.num_bytes));
}

int64_t NumCodePoints(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

std::string_view DropLast(std::string_view text) {
  if (!text.empty()) text.remove_suffix(DecodeBefore(text, text.size()).num_bytes);
  return text;
}

std::string Replace(std::string_view text, std::string_view from, std::string_view to) {
  return ReplaceAll(text, from, to);
}

int64_t NumSplitWords(std::string_view text) {
  int64_t count = 1;
  bool in_space = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint code_point = DecodeAt(text, at);
    const bool space = IsSpace(code_point.value);
    if (space && !in_space) ++count;
    in_space = space;
    at += code_point.num_bytes;
  }
  return count;
}

}  // namespace fairprune::python
