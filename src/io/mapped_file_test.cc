#include "io/mapped_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

TEST(MappedFileTest, ShowsTheContentAndSurvivesMoves) {
  const TempFolder folder;
  auto file = MappedFile::Open(folder.Write("a", "hello"));
  ASSERT_THAT(file, IsOk());
  const MappedFile moved = std::move(*file);
  ASSERT_EQ(moved.bytes().size(), 5U);
  EXPECT_EQ(std::memcmp(moved.bytes().data(), "hello", 5), 0);
}

TEST(MappedFileTest, EmptyFile) {
  const TempFolder folder;
  auto file = MappedFile::Open(folder.Write("a", ""));
  ASSERT_THAT(file, IsOk());
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFileTest, NamesWhatIsWrong) {
  const TempFolder folder;
  EXPECT_THAT(MappedFile::Open(folder.File("none")), FailsWith(ErrorCode::kNotFound, "none"));
  EXPECT_THAT(MappedFile::Open(folder.path()), FailsWith(ErrorCode::kNotFound, "found a folder"));
  EXPECT_THAT(MappedFile::Open("/dev/null"), FailsWith(ErrorCode::kIo, "regular file"));
}

}  // namespace
}  // namespace fairprune
