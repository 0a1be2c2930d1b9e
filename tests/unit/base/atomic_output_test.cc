// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/atomic_output.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <fstream>

namespace contimg {
namespace {
namespace fs = boost::filesystem;

class AtomicOutputTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::string place(const std::string& name) const { return (folder_ / name).string(); }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  // An owner on this host whose process has ended.
  static PartialOwner dead_owner() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    PartialOwner owner = this_process(7);
    owner.pid = child;
    return owner;
  }
  fs::path folder_ = fs::temp_directory_path() / fs::unique_path("atomic-output-%%%%%%%%");
};

TEST_F(AtomicOutputTest, TheProductHasItsNameOnlyAfterCommit) {
  AtomicOutput output(place("a"), this_process(1), false);
  write(output.path(), "whole");
  EXPECT_FALSE(fs::exists(place("a")));
  output.commit();
  EXPECT_EQ(read(place("a")), "whole");
  EXPECT_TRUE(partials_of(place("a")).empty());
}

TEST_F(AtomicOutputTest, NothingIsLeftWithoutCommitUnlessItIsKept) {
  { write(AtomicOutput(place("a"), this_process(1), false).path(), "lost"); }
  {
    AtomicOutput output(place("b"), this_process(1), false);
    write(output.path(), "half");
  }
  EXPECT_TRUE(partials_of(place("b")).empty());
  {
    AtomicOutput output(place("b"), this_process(1), false);
    write(output.path(), "half");
    output.keep();
  }
  EXPECT_EQ(partials_of(place("b")).size(), 1u);
}

TEST_F(AtomicOutputTest, AnExistingProductIsReplacedOnlyOnRequest) {
  write(place("a"), "old");
  EXPECT_THROW(AtomicOutput(place("a"), this_process(1), false), ProductExists);
  AtomicOutput output(place("a"), this_process(1), true);
  write(output.path(), "new");
  output.commit();
  EXPECT_EQ(read(place("a")), "new");
  EXPECT_TRUE(partials_of(place("a")).empty());
}

TEST_F(AtomicOutputTest, AProductThatAppearsMeanwhileIsNotOverwritten) {
  AtomicOutput output(place("a"), this_process(1), false);
  write(output.path(), "mine");
  write(place("a"), "theirs");
  EXPECT_THROW(output.commit(), ProductExists);
  EXPECT_EQ(read(place("a")), "theirs");
}

TEST_F(AtomicOutputTest, FoldersAreExchangedWhole) {
  fs::create_directories(place("x.ms"));
  write(place("x.ms/old"), "old");
  AtomicOutput output(place("x.ms"), this_process(1), true);
  create_folders(output.path());
  write(output.path() + "/new", "new");
  output.commit();
  EXPECT_TRUE(fs::exists(place("x.ms/new")));
  EXPECT_FALSE(fs::exists(place("x.ms/old")));
}

TEST_F(AtomicOutputTest, PartialsOfTheDeadAreRemovedAndThoseOfTheLivingAreLeft) {
  const PartialOwner dead = dead_owner();
  const std::string left = place("a") + ".partial-7-" + dead.host + "-" + std::to_string(dead.pid);
  const std::string elsewhere = place("a") + ".partial-8-other_host-1";
  write(left, "half");
  write(elsewhere, "half");
  EXPECT_EQ(remove_abandoned(place("a")), std::vector<std::string>{left});
  EXPECT_TRUE(fs::exists(elsewhere));
}

TEST_F(AtomicOutputTest, ADeadProcessesPartialCanBeGoneOnWith) {
  const PartialOwner dead = dead_owner();
  const std::string left = place("a") + ".partial-7-" + dead.host + "-" + std::to_string(dead.pid);
  write(left, "half");
  AtomicOutput output = AtomicOutput::adopt(left, place("a"), this_process(9), false);
  EXPECT_EQ(read(output.path()), "half");
  output.commit();
  EXPECT_EQ(read(place("a")), "half");
}

TEST_F(AtomicOutputTest, AProductMovedAsideByAProcessThatDiedIsPutBack) {
  const PartialOwner dead = dead_owner();
  write(place("a") + ".replaced-7-" + dead.host + "-" + std::to_string(dead.pid), "old");
  remove_abandoned(place("a"));
  EXPECT_EQ(read(place("a")), "old");
}

TEST(PartialOwners, AreReadFromNamesAndFromNothingElse) {
  const auto owner = partial_owner("/out/2026-01-25T22:26:05.ms.partial-12-node_4-345");
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->token, 12);
  EXPECT_EQ(owner->host, "node_4");
  EXPECT_EQ(owner->pid, 345);
  EXPECT_FALSE(partial_owner("/out/2026-01-25T22:26:05.ms"));
  EXPECT_FALSE(partial_owner("/out/x.partial-copy"));
}

TEST(Owners, ThisProcessIsAliveAndOneOnAnotherHostIsNeverProvenDead) {
  EXPECT_FALSE(owner_is_dead(this_process(0)));
  EXPECT_FALSE(owner_is_dead({0, "another_host", 999999}));
}

}  // namespace
}  // namespace contimg
