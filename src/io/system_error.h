// What the operating system refused, as an Error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

// "PATH: cannot ACTION: REASON", from an errno value. ENOENT and ENOTDIR are kNotFound when
// reading; everything else, and every failure to write, is kIo.
Error ReadError(const std::string& path, std::string_view action, int errno_value);
Error WriteError(const std::string& path, std::string_view action, int errno_value);

}  // namespace fairprune
