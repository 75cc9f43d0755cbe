// SHA-256 of files and strings; git's hash of a file.
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

// What git calls a file's blob: the SHA-1 of "blob SIZE\0" and the content, 40 hexadecimal digits.
// Tells whether a file arrived as it was sent, not who sent it. Errors: kNotFound, kIo.
Result<std::string> GitBlobSha1File(const std::string& path);

}  // namespace fairprune
