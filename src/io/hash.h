// SHA-256 of files and strings.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

// Lower-case hexadecimal SHA-256, 64 characters.
std::string Sha256(std::span<const std::byte> bytes);
std::string Sha256(std::string_view text);

// SHA-256 of a file's content. Errors: kNotFound, kIo.
Result<std::string> Sha256File(const std::string& path);

}  // namespace fairprune
