// What the program's output streams are connected to.
#pragma once

#include <cstddef>

namespace fairprune {

// Columns of the terminal on standard output, on standard error: COLUMNS if it is set (and more
// than 0), else what the terminal says, else 80. kAnyWidth (report/wrap.h) where the stream is no
// terminal: what goes into a file or a pipe is not wrapped.
size_t OutputWidth();
size_t ErrorWidth();

// Whether standard error may be coloured: it is a terminal other than "dumb", and NO_COLOR
// (no-color.org) is not set or empty.
bool ColorsErrors();

}  // namespace fairprune
