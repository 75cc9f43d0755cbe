#include "report/wrap.h"

#include <utf8proc.h>

#include <algorithm>

namespace fairprune {
namespace {

struct Character {
  size_t bytes = 0, columns = 0;
};

Character FirstOf(std::string_view text) {
  utf8proc_int32_t code_point = 0;
  const utf8proc_ssize_t used =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  if (used <= 0) return {1, 1};
  return {static_cast<size_t>(used), static_cast<size_t>(utf8proc_charwidth(code_point))};
}

// Bytes of the longest beginning of `text` that is at most `width` columns wide.
size_t BytesWithin(std::string_view text, size_t width) {
  size_t at = 0;
  for (size_t columns = 0; at < text.size();) {
    const Character next = FirstOf(text.substr(at));
    columns += next.columns;
    if (columns > width) break;
    at += next.bytes;
  }
  return at;
}

void WrapLine(std::string_view line, size_t width, std::vector<std::string>& out) {
  for (;;) {
    size_t fits = BytesWithin(line, width);
    if (fits == line.size()) break;
    // One character at least, however narrow the line is.
    if (fits == 0) fits = FirstOf(line).bytes;
    const size_t space = line[fits] == ' ' ? fits : line.substr(0, fits).rfind(' ');
    const size_t end = space == std::string_view::npos || space == 0 ? fits : space;
    const size_t last = line.substr(0, end).find_last_not_of(' ');
    out.emplace_back(line.substr(0, last == std::string_view::npos ? 0 : last + 1));
    line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
    if (line.empty()) return;
  }
  out.emplace_back(line);
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Character next = FirstOf(text);
    width += next.columns;
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::vector<std::string> WrapText(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    WrapLine(text.substr(begin, end - begin), width, lines);
    begin = end + 1;
  }
  return lines;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (BytesWithin(text, width) == text.size()) return std::string(text);
  if (width == 0) return {};
  return std::string(text.substr(0, BytesWithin(text, width - 1))) + "…";
}

}  // namespace fairprune
