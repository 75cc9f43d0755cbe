#include "io/mapped_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "io/resident_test_util.h"
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

int Sum(std::span<const std::byte> bytes) {
  int sum = 0;
  for (const std::byte each : bytes) sum += std::to_integer<int>(each);
  return sum;
}

TEST(MappedFileTest, ReleaseGivesMemoryBackAndKeepsTheContent) {
  constexpr int64_t kBytes = 4'000'001;  // not whole pages
  const TempFolder folder;
  auto file = MappedFile::Open(folder.Write("a", std::string(kBytes, 1)));
  ASSERT_THAT(file, IsOk());
  const std::span<const std::byte> bytes = file->bytes();
  ASSERT_EQ(Sum(bytes), kBytes);
  const int64_t before = ResidentBytes(bytes.data());
  ASSERT_GE(before, kBytes);
  file->Release(bytes.subspan(1, 2'000'000));
  const int64_t half = ResidentBytes(bytes.data());
  EXPECT_LE(half, before - 1'900'000);
  EXPECT_GE(half, 1'900'000) << "no more than was asked for";
  EXPECT_EQ(Sum(bytes), kBytes);
  file->Release(bytes);
  EXPECT_EQ(ResidentBytes(bytes.data()), 0);
  EXPECT_EQ(Sum(bytes), kBytes);
}

TEST(MappedFileTest, HintsPassOverWhatIsNoPartOfTheFile) {
  const TempFolder folder;
  auto file = MappedFile::Open(folder.Write("a", std::string(10'000, 1)));
  ASSERT_THAT(file, IsOk());
  const std::vector<std::byte> other(100'000, std::byte{7});
  file->Release(other);  // of anonymous memory, this would make zeros
  file->Prefetch(other);
  EXPECT_EQ(Sum(other), 700'000);
  file->Release(file->bytes().subspan(5000, 10));  // no whole page
  file->Release({});
  file->Prefetch({});
  file->Prefetch(file->bytes());
  EXPECT_EQ(Sum(file->bytes()), 10'000);
}

}  // namespace
}  // namespace fairprune
