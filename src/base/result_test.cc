#include "base/result.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "base/version.h"

namespace fairprune {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "{} is odd", value);
  return value / 2;
}

Result<int> Quarter(int value) {
  FP_ASSIGN_OR_RETURN(const int half, Half(value));
  return Half(half);
}

Status CheckQuarter(int value) {
  FP_RETURN_IF_ERROR(Quarter(value));
  return {};
}

TEST(ResultTest, CarriesValueOrError) {
  EXPECT_THAT(Half(8), IsOkAndHolds(4));
  EXPECT_THAT(Half(3), FailsWith(ErrorCode::kInvalidArgument, "3 is odd"));
}

TEST(ResultTest, MacrosReturnTheFirstError) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(6), FailsWith(ErrorCode::kInvalidArgument, "3 is odd"));
  EXPECT_THAT(CheckQuarter(8), IsOk());
  EXPECT_THAT(CheckQuarter(2), FailsWith(ErrorCode::kInvalidArgument, "1 is odd"));
}

TEST(ResultTest, ContextComesFirst) {
  Result<int> inner = Half(3);
  Result<int> outer = WithContext(inner.error(), "a.json");
  EXPECT_THAT(outer, FailsWith(ErrorCode::kInvalidArgument, "a.json: 3 is odd"));
}

TEST(VersionTest, HasThreeNumbers) {
  EXPECT_THAT(std::string(Version()), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace fairprune
