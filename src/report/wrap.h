// Text for a terminal of a given width, measured by what the reader sees, not by bytes.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

// A width that nothing is wider than.
inline constexpr size_t kAnyWidth = std::numeric_limits<size_t>::max();

// Columns that a terminal needs for UTF-8 `text`: wide characters count 2, combining ones 0, a byte
// that is not valid UTF-8 counts 1.
size_t DisplayWidth(std::string_view text);

// `text` in lines of at most `width` columns, broken at spaces, a word that is wider than a line
// wherever it has to be. At least one line; a line break in the text ends a line. What fits stays
// as it is, spaces too.
std::vector<std::string> WrapText(std::string_view text, size_t width);

// The beginning of `text` that fits into `width` columns, with "…" as its last where it was cut.
std::string CutToWidth(std::string_view text, size_t width);

}  // namespace fairprune
