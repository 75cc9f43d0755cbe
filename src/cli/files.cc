#include "cli/files.h"

#include <cstdio>
#include <filesystem>
#include <vector>

namespace fairprune {

Result<std::string> ReadStandardInput() {
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
    text.append(buffer.data(), count);
  }
  if (std::ferror(stdin) != 0) return Fail(ErrorCode::kIo, "standard input: could not be read");
  return text;
}

Status CheckMayWrite(const std::string& path, bool force) {
  std::error_code ignored;
  if (force || !std::filesystem::exists(path, ignored)) return {};
  return Fail(ErrorCode::kExists, "{}: exists already; use --force to replace it", path);
}

}  // namespace fairprune
