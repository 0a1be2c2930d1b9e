// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/ground.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/atomic_output.h"
#include "base/sha256.h"
#include "retention/archive.h"
#include "scratch.h"

namespace contimg::retention {
namespace {

namespace fs = std::filesystem;

std::string a_folder(const std::string& name) {
  const std::string folder = scratch(name);
  fs::create_directories(folder);
  return folder;
}
void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST(WhyOutOfBounds, OnlyWhatLiesBelowTheFolderMayBeTouched) {
  const std::string root = a_folder("bounds");
  write(root + "/in/a", "a");
  write(root + "/out/b", "b");
  EXPECT_EQ(why_out_of_bounds(root + "/in/a", root + "/in"), "");
  EXPECT_EQ(why_out_of_bounds(root + "/in/./x/../a", root + "/in/"), "");
  for (const std::string& path :
       {root + "/out/b", root + "/in", root, root + "/in/../out/b", root + "/inner"})
    EXPECT_EQ(why_out_of_bounds(path, root + "/in"), "outside the configured folder") << path;
  EXPECT_NE(why_out_of_bounds(root + "/in/a", ""), "");
  EXPECT_EQ(why_out_of_bounds(root + "/in/none", root + "/in"), "not there");
}

TEST(WhyOutOfBounds, LinksBelowTheFolderAreNotFollowedButTheFolderMayBeOne) {
  const std::string root = a_folder("links");
  write(root + "/in/real/a", "a");
  write(root + "/out/b", "b");
  fs::create_directory_symlink(root + "/out", root + "/in/linked");
  fs::create_symlink(root + "/in/real/a", root + "/in/a");
  fs::create_directory_symlink(root + "/in", root + "/place");
  EXPECT_EQ(why_out_of_bounds(root + "/in/linked/b", root + "/in"),
            "reached through a symbolic link");
  EXPECT_EQ(why_out_of_bounds(root + "/in/a", root + "/in"), "reached through a symbolic link");
  EXPECT_EQ(why_out_of_bounds(root + "/place/real/a", root + "/place"), "");
}

TEST(WhyOutOfBounds, NothingInsideATable) {
  const std::string root = a_folder("table");
  write(root + "/x.ms/table.dat", "");
  write(root + "/x.ms/ANTENNA/table.dat", "");
  EXPECT_EQ(why_out_of_bounds(root + "/x.ms", root), "");
  EXPECT_NE(why_out_of_bounds(root + "/x.ms/table.dat", root), "");
  EXPECT_NE(why_out_of_bounds(root + "/x.ms/ANTENNA", root), "");
}

TEST(MoveAside, TakesAFolderAwayUnderANameThatSaysWhoAndWhy) {
  const std::string root = a_folder("aside");
  write(root + "/x.ms/table.dat", "t");
  const std::string aside = move_aside(root + "/x.ms");
  EXPECT_FALSE(fs::exists(root + "/x.ms"));
  EXPECT_TRUE(fs::exists(aside + "/table.dat"));
  EXPECT_TRUE(was_moved_aside(aside));
  EXPECT_FALSE(owner_is_dead(*partial_owner(aside)));
  // No partial product of the set, which a conversion would go on with.
  EXPECT_TRUE(partials_of(root + "/x.ms").empty());
  EXPECT_FALSE(was_moved_aside(root + "/x.ms.partial-0-host-1"));
  EXPECT_FALSE(was_moved_aside(root + "/x.removed"));
}

TEST(FindCopy, IsTheSameOnlyWhenSizeAndContentAreAndItIsAnotherFile) {
  const std::string root = a_folder("archive");
  write(root + "/in/d/a", "content");
  write(root + "/archive/d/a", "content");
  Copy copy = find_copy(root + "/in/d/a", root + "/in", root + "/archive");
  EXPECT_TRUE(copy.is_same);
  EXPECT_EQ(copy.path, root + "/archive/d/a");
  EXPECT_EQ(copy.sha256, sha256("content"));
  EXPECT_TRUE(is_copy(copy.path, 7, copy.sha256));
  write(root + "/archive/d/a", "c0ntent");
  EXPECT_FALSE(find_copy(root + "/in/d/a", root + "/in", root + "/archive").is_same);
  EXPECT_FALSE(is_copy(copy.path, 7, copy.sha256));
  // At its name alone, where the same place has none or another.
  write(root + "/archive/a", "content");
  EXPECT_TRUE(find_copy(root + "/in/d/a", root + "/in", root + "/archive").is_same);
  fs::remove(root + "/archive/a");
  fs::remove(root + "/archive/d/a");
  fs::create_hard_link(root + "/in/d/a", root + "/archive/a");
  EXPECT_FALSE(find_copy(root + "/in/d/a", root + "/in", root + "/archive").is_same);
  fs::remove(root + "/archive/a");
  fs::create_symlink(root + "/in/d/a", root + "/archive/a");
  EXPECT_FALSE(find_copy(root + "/in/d/a", root + "/in", root + "/archive").is_same);
  EXPECT_FALSE(find_copy(root + "/in/d/a", root + "/in", "").is_same);
}

TEST(FindCopy, OfAFolderComparesEveryFile) {
  const std::string root = a_folder("archived-set");
  for (const char* side : {"/ms", "/archive"}) {
    write(root + side + "/x.ms/table.dat", "t");
    write(root + side + "/x.ms/ANTENNA/table.f0", "f");
  }
  EXPECT_TRUE(find_copy(root + "/ms/x.ms", root + "/ms", root + "/archive").is_same);
  write(root + "/archive/x.ms/more", "m");
  EXPECT_FALSE(find_copy(root + "/ms/x.ms", root + "/ms", root + "/archive").is_same);
  fs::remove(root + "/archive/x.ms/more");
  write(root + "/archive/x.ms/ANTENNA/table.f0", "g");
  EXPECT_FALSE(find_copy(root + "/ms/x.ms", root + "/ms", root + "/archive").is_same);
}

}  // namespace
}  // namespace contimg::retention
