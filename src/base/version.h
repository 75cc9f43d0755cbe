// The program's version, in one place for --version, manifests and metadata.
#pragma once

#include <string_view>

namespace fairprune {
std::string_view Version();  // "0.1.0"
}  // namespace fairprune
