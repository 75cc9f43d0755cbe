#include "io/atomic_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

TEST(AtomicFileTest, AppearsOnlyAtCommit) {
  const TempFolder folder;
  const std::string path = folder.File("out.txt");
  auto file = AtomicFile::Create(path);
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT(file->Write("one "), IsOk());
  ASSERT_THAT(file->Write("two"), IsOk());
  EXPECT_FALSE(fs::exists(path));
  ASSERT_THAT(file->Commit(), IsOk());
  EXPECT_EQ(Slurp(path), "one two");
  EXPECT_EQ(folder.NumEntries(), 1U);
}

TEST(AtomicFileTest, IsDroppedWithoutCommitAndKeepsTheOldContent) {
  const TempFolder folder;
  const std::string path = folder.Write("out.txt", "old");
  {
    auto file = AtomicFile::Create(path);
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT(file->Write("new"), IsOk());
    const AtomicFile moved = std::move(*file);
  }
  EXPECT_EQ(Slurp(path), "old");
  EXPECT_EQ(folder.NumEntries(), 1U);
}

TEST(AtomicFileTest, AssignmentDropsTheEarlierTemporary) {
  const TempFolder folder;
  auto first = AtomicFile::Create(folder.File("a"));
  auto second = AtomicFile::Create(folder.File("b"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  *first = std::move(*second);
  EXPECT_EQ(folder.NumEntries(), 1U);
  ASSERT_THAT(first->Write("b"), IsOk());
  ASSERT_THAT(first->Commit(), IsOk());
  EXPECT_EQ(Slurp(folder.File("b")), "b");
}

TEST(AtomicFileTest, OverwritesAndMakesTheParentFolder) {
  const TempFolder folder;
  const std::string path = folder.File("a/b/out.txt");
  ASSERT_THAT(WriteFileAtomically(path, "first"), IsOk());
  ASSERT_THAT(WriteFileAtomically(path, "second"), IsOk());
  EXPECT_EQ(Slurp(path), "second");
}

TEST(AtomicFileTest, KeepsASymbolicLinkAndReplacesItsTarget) {
  const TempFolder folder;
  const std::string target = folder.Write("real/target.txt", "old");
  const std::string link = folder.File("link.txt");
  fs::create_symlink(target, link);
  ASSERT_THAT(WriteFileAtomically(link, "new"), IsOk());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Slurp(target), "new");
}

TEST(AtomicFileTest, LeavesForeignTemporariesAlone) {
  const TempFolder folder;
  const std::string foreign =
      folder.Write(fmt::format("out.txt.partial-{}", ::getpid()), "somebody else's");
  ASSERT_THAT(WriteFileAtomically(folder.File("out.txt"), "mine"), IsOk());
  EXPECT_EQ(Slurp(foreign), "somebody else's");
}

TEST(AtomicFileTest, RefusesAFolderAndAPathThroughAFile) {
  const TempFolder folder;
  EXPECT_THAT(WriteFileAtomically(folder.path(), "x"), FailsWith(ErrorCode::kIo, "found a folder"));
  const std::string file = folder.Write("file", "");
  EXPECT_THAT(WriteFileAtomically(file + "/x", "x"), FailsWith(ErrorCode::kIo, file));
}

TEST(AtomicFileTest, ReportsAFullDisk) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "/dev/full absent: a full disk is not checked";
  EXPECT_THAT(WriteFileAtomically("/dev/full", "x"), FailsWith(ErrorCode::kIo, "free some space"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicFileTest, ReportsAReadOnlyFolder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root ignores permissions: a read-only folder not checked";
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(WriteFileAtomically(folder.File("x"), "x"),
              FailsWith(ErrorCode::kIo, "check the permissions"));
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST(AtomicDirectoryTest, AppearsOnlyAtCommit) {
  const TempFolder folder;
  const std::string path = folder.File("deep/run");
  auto directory = AtomicDirectory::Create(path + "/", false);
  ASSERT_THAT(directory, IsOk());
  ASSERT_THAT(WriteFileAtomically(directory->working_path() + "/sub/a.txt", "a"), IsOk());
  EXPECT_FALSE(fs::exists(path));
  ASSERT_THAT(directory->Commit(), IsOk());
  EXPECT_EQ(Slurp(path + "/sub/a.txt"), "a");
  EXPECT_EQ(folder.NumEntries(), 1U);
}

TEST(AtomicDirectoryTest, IsRemovedWithoutCommit) {
  const TempFolder folder;
  {
    auto directory = AtomicDirectory::Create(folder.File("run"), false);
    ASSERT_THAT(directory, IsOk());
    ASSERT_THAT(WriteFileAtomically(directory->working_path() + "/a.txt", "a"), IsOk());
  }
  EXPECT_EQ(folder.NumEntries(), 0U);
}

TEST(AtomicDirectoryTest, RefusesAnExistingFolderWithoutForce) {
  const TempFolder folder;
  folder.Write("run/old.txt", "old");
  EXPECT_THAT(AtomicDirectory::Create(folder.File("run"), false),
              FailsWith(ErrorCode::kExists, "--force"));
  EXPECT_EQ(Slurp(folder.File("run/old.txt")), "old");
}

TEST(AtomicDirectoryTest, RefusesAFolderThatAppearsMeanwhile) {
  const TempFolder folder;
  auto directory = AtomicDirectory::Create(folder.File("run"), false);
  ASSERT_THAT(directory, IsOk());
  folder.Write("run/theirs.txt", "theirs");
  EXPECT_THAT(directory->Commit(), FailsWith(ErrorCode::kExists, "appeared"));
  EXPECT_EQ(Slurp(folder.File("run/theirs.txt")), "theirs");
}

TEST(AtomicDirectoryTest, ForceReplacesTheWholeFolder) {
  const TempFolder folder;
  folder.Write("run/old.txt", "old");
  auto directory = AtomicDirectory::Create(folder.File("run"), true);
  ASSERT_THAT(directory, IsOk());
  ASSERT_THAT(WriteFileAtomically(directory->working_path() + "/new.txt", "new"), IsOk());
  EXPECT_EQ(Slurp(folder.File("run/old.txt")), "old");
  ASSERT_THAT(directory->Commit(), IsOk());
  EXPECT_FALSE(fs::exists(folder.File("run/old.txt")));
  EXPECT_EQ(Slurp(folder.File("run/new.txt")), "new");
  EXPECT_EQ(folder.NumEntries(), 1U);
}

TEST(AtomicDirectoryTest, NeverReplacesAFile) {
  const TempFolder folder;
  const std::string file = folder.Write("run", "a file");
  EXPECT_THAT(AtomicDirectory::Create(file, true), FailsWith(ErrorCode::kExists, "found a file"));
  EXPECT_EQ(Slurp(file), "a file");
}

TEST(AtomicDirectoryTest, RefusesNamelessPaths) {
  for (const char* path : {"", ".", "/", "a/.."}) {
    EXPECT_THAT(AtomicDirectory::Create(path, true),
                FailsWith(ErrorCode::kInvalidArgument, "name of a folder"));
  }
}

}  // namespace
}  // namespace fairprune
