// Result and Error: how every fallible operation of this library reports failure.
//
//   Result<MappedFile> file = MappedFile::Open(path);
//   if (!file) return tl::unexpected(file.error());
//   FP_ASSIGN_OR_RETURN(MappedFile other, MappedFile::Open(path2));   // the same, shorter
//
// The library never prints, exits or aborts for a bad input; CHECK (base/check.h) is for a
// programmer's mistake alone.
#pragma once

#include <fmt/core.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace fairprune {

// What kind of failure this is; the command line maps it to an exit code.
enum class ErrorCode {
  kInvalidArgument,  // the caller asked for something that makes no sense (exit 2)
  kNotFound,         // a file, tensor or key is not there (exit 3)
  kBadFormat,        // a file's content breaks its format (exit 3)
  kMismatch,         // two inputs do not belong together: shape, hash, vocabulary (exit 3)
  kUnsupported,      // valid, and not supported by this program (exit 3)
  kIo,               // the operating system refused: read, write, disk full (exit 4)
  kExists,           // would overwrite something without permission (exit 4)
  kInternal,         // a bug (exit 70)
};

// `message` names the file, the place (tensor, line, key), what was expected, what was found, and
// ends with a hint where one helps.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

// A value or an Error. Discarding one is a compiler warning (an error in CI).
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

// Builds the failure of any Result<T>:  return Fail(ErrorCode::kIo, "{}: cannot open", path);
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The same error with `context` put in front of its message ("model.safetensors: ...").
[[nodiscard]] inline tl::unexpected<Error> WithContext(const Error& error,
                                                       const std::string& context) {
  return tl::unexpected<Error>(Error{error.code, context + ": " + error.message});
}

}  // namespace fairprune

#define FP_CONCAT_INNER(a, b) a##b
#define FP_CONCAT(a, b) FP_CONCAT_INNER(a, b)

// Evaluates a Status or Result expression and returns its error from the enclosing function.
#define FP_RETURN_IF_ERROR(expr)                                                 \
  do {                                                                           \
    if (auto fp_status = (expr); !fp_status)                                     \
      return ::tl::unexpected<::fairprune::Error>(std::move(fp_status).error()); \
  } while (false)

// FP_ASSIGN_OR_RETURN(auto x, F()): x = *F(), or returns F's error from the enclosing function.
#define FP_ASSIGN_OR_RETURN(lhs, expr) \
  FP_ASSIGN_OR_RETURN_IMPL(FP_CONCAT(fp_result_, __LINE__), lhs, expr)
#define FP_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr)                                 \
  auto tmp = (expr);                                                             \
  if (!tmp) return ::tl::unexpected<::fairprune::Error>(std::move(tmp).error()); \
  lhs = *std::move(tmp)
