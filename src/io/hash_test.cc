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

// `git hash-object` of the same files.
TEST(HashTest, GitsBlobs) {
  const TempFolder folder;
  EXPECT_THAT(GitBlobSha1File(folder.Write("empty", "")),
              IsOkAndHolds(std::string("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")));
  EXPECT_THAT(GitBlobSha1File(folder.Write("hello", "hello\n")),
              IsOkAndHolds(std::string("ce013625030ba8dba906f756967f9e9ca394464a")));
}

}  // namespace
}  // namespace fairprune
