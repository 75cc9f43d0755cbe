#include "io/hash.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

// Test vectors of FIPS 180-4.
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(HashTest, KnownVectors) {
  EXPECT_EQ(Sha256(""), kEmpty);
  EXPECT_EQ(Sha256("abc"), kAbc);
}

TEST(HashTest, Files) {
  const TempFolder folder;
  EXPECT_THAT(Sha256File(folder.Write("abc", "abc")), IsOkAndHolds(std::string(kAbc)));
  EXPECT_THAT(Sha256File(folder.Write("empty", "")), IsOkAndHolds(std::string(kEmpty)));
  const std::string many(40'000'003, 'x');  // several of the pieces that a file is read in
  EXPECT_THAT(Sha256File(folder.Write("many", many)), IsOkAndHolds(Sha256(many)));
  EXPECT_THAT(Sha256File(folder.File("none")), FailsWith(ErrorCode::kNotFound, "none"));
}

}  // namespace
}  // namespace fairprune
