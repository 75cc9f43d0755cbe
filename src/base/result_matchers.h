// GoogleTest matchers for Result: IsOk, IsOkAndHolds, FailsWith(code, substring). Tests only.
#pragma once

#include <gmock/gmock.h>

#include "base/result.h"

namespace fairprune {

MATCHER(IsOk, "is a success") {
  if (arg.has_value()) return true;
  *result_listener << "fails with: " << arg.error().message;
  return false;
}

MATCHER_P(IsOkAndHolds, value, "is a success with the given value") {
  if (!arg.has_value()) {
    *result_listener << "fails with: " << arg.error().message;
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

MATCHER_P2(FailsWith, code, substring, "fails with the given code and message part") {
  if (arg.has_value()) {
    *result_listener << "is a success";
    return false;
  }
  *result_listener << "code " << static_cast<int>(arg.error().code) << ", message '"
                   << arg.error().message << "'";
  return arg.error().code == code && arg.error().message.find(substring) != std::string::npos;
}

}  // namespace fairprune
