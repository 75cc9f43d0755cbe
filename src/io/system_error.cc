#include "io/system_error.h"

#include <fmt/core.h>

#include <cerrno>
#include <system_error>

namespace fairprune {
namespace {

std::string_view HintFor(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; check the permissions of the file and its folder";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

std::string Describe(const std::string& path, std::string_view action, int errno_value) {
  return fmt::format("{}: cannot {}: {}{}", path, action,
                     std::generic_category().message(errno_value), HintFor(errno_value));
}

}  // namespace

Error ReadError(const std::string& path, std::string_view action, int errno_value) {
  const bool absent = errno_value == ENOENT || errno_value == ENOTDIR;
  return {absent ? ErrorCode::kNotFound : ErrorCode::kIo, Describe(path, action, errno_value)};
}

Error WriteError(const std::string& path, std::string_view action, int errno_value) {
  return {ErrorCode::kIo, Describe(path, action, errno_value)};
}

}  // namespace fairprune
