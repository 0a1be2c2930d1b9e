// SPDX-License-Identifier: GPL-3.0-or-later
#include "watch/watch_command.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "scratch.h"
#include "watch/process_tree.h"

namespace contimg::watch {
namespace {

Watched shell(const std::string& script, double stall_s = 0) {
  Watched watched;
  watched.command = {"/bin/bash", "-c", script};
  watched.stall_s = stall_s;
  watched.grace_s = 1;
  return watched;
}

// Whether the process whose number a file holds is gone, after a while. A zombie, which nobody may reap, is.
bool gone(const std::string& file) {
  pid_t number = 0;
  std::ifstream(file) >> number;
  EXPECT_GT(number, 0) << file;
  for (int i = 0; i < 3000; ++i) {
    if (kill(number, 0) != 0 && errno == ESRCH) return true;
    std::ifstream stat("/proc/" + std::to_string(number) + "/stat");
    std::string word, name, state;
    if (stat >> word >> name >> state && state == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(WatchCommand, TheExitCodeIsTheCommands) {
  EXPECT_EQ(watch_command(shell("exit 0")).exit_code, 0);
  EXPECT_EQ(watch_command(shell("exit 75")).exit_code, 75);
  EXPECT_EQ(watch_command(shell("kill -9 $$")).exit_code, 137);
  Watched absent;
  absent.command = {"no-such-program-anywhere"};
  EXPECT_EQ(watch_command(absent).exit_code, 127);
  absent.command = {"/etc/passwd"};
  EXPECT_EQ(watch_command(absent).exit_code, 126);
}

TEST(WatchCommand, WhatSleepsIsKilledWithItsLastOutput) {
  Watched watched =
      shell("echo one >&2; for i in {1..900}; do echo line $i >&2; done; sleep 60", 1);
  Stall stall;
  watched.on_stall = [&](const Stall& seen) { stall = seen; };
  const Ended ended = watch_command(watched);
  EXPECT_TRUE(ended.stalled);
  EXPECT_TRUE(ended.gone);
  EXPECT_EQ(ended.exit_code, 128 + SIGTERM);
  EXPECT_LE(stall.last_output.size(), 4096U);
  EXPECT_GT(stall.last_output.size(), 4000U);
  EXPECT_EQ(stall.last_output.rfind("line ", 0), 0U);
  EXPECT_EQ(stall.last_output.substr(stall.last_output.size() - 9), "line 900\n");
  EXPECT_FALSE(stall.processes.empty());
}

TEST(WatchCommand, ThatWhichIgnoresTermIsKilledWithDescendantsInOtherSessions) {
  const std::string file = scratch("pid"), orphan = scratch("orphan");
  // A session of its own that holds the pipe, and one whose parent has ended.
  const Ended ended = watch_command(shell("trap '' TERM; setsid sleep 61 & echo $! >" + file +
                                              "; (setsid sleep 62 & echo $! >" + orphan +
                                              "); while :; do sleep 30; done",
                                          1));
  EXPECT_TRUE(ended.stalled);
  EXPECT_TRUE(ended.gone);
  EXPECT_EQ(ended.exit_code, 128 + SIGKILL);
  EXPECT_TRUE(gone(file));
  EXPECT_TRUE(gone(orphan));
}

TEST(WatchCommand, WhatComputesSilentlyIsLeftAlone) {
  const Ended ended =
      watch_command(shell("end=$((SECONDS + 7)); while ((SECONDS < end)); do :; done", 3));
  EXPECT_FALSE(ended.stalled);
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(WatchCommand, AChildThatComputesIsItsParentsProgress) {
  const Ended ended =
      watch_command(shell("(end=$((SECONDS + 7)); while ((SECONDS < end)); do :; done) & wait", 3));
  EXPECT_FALSE(ended.stalled);
}

TEST(WatchCommand, WhatOnlyReadsASlowPipeIsLeftAloneWhileBytesMove) {
  // The writer is not of the tree: its bytes do not count.
  const std::string pipe = scratch("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream out(pipe);
    for (int i = 0; i < 12; ++i) {
      out << 'x' << std::flush;
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    std::this_thread::sleep_for(std::chrono::seconds(8));
  });
  Watched watched;
  watched.command = {"/bin/cat", pipe};
  watched.stall_s = 3;
  const auto began = std::chrono::steady_clock::now();
  const Ended ended = watch_command(watched);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_TRUE(ended.stalled);         // once the bytes have ceased
  EXPECT_GT(took.count(), 12 * 0.5);  // and not before
  writer.join();
}

TEST(WatchCommand, AnOrphanThatHoldsThePipeIsNotWaitedFor) {
  const std::string file = scratch("holder");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(watch_command(shell("sleep 20 & echo $! >" + file + "; exit 3")).exit_code, 3);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took.count(), 15);
  pid_t number = 0;
  std::ifstream(file) >> number;
  kill(number, SIGKILL);
}

Tree tree_of(std::uint64_t ticks, std::uint64_t bytes, bool background, std::uint64_t child_bytes) {
  Tree tree;
  tree[10].parent = 1;
  tree[10].threads[10] = {ticks, bytes, background};
  if (child_bytes > 0) {
    tree[11].parent = 10;
    tree[11].threads[11] = {0, child_bytes, false};
  }
  return tree;
}

TEST(GotOn, AnyTickOrByteOfAProcessWithoutChildren) {
  EXPECT_FALSE(got_on(tree_of(5, 5, false, 0), tree_of(5, 5, false, 0), 5));
  EXPECT_TRUE(got_on(tree_of(5, 5, false, 0), tree_of(6, 5, false, 0), 5));
  EXPECT_TRUE(got_on(tree_of(5, 5, false, 0), tree_of(5, 6, false, 0), 5));
}

TEST(GotOn, AHeartbeatIsNone) {
  EXPECT_FALSE(got_on(tree_of(5, 5, true, 0), tree_of(60, 9000, true, 0), 5));
}

TEST(GotOn, AProcessThatHasAChildHasToUseTwoPercentOfAProcessor) {
  const double ticks_s = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto share = [&](double of) { return static_cast<std::uint64_t>(of * 5 * ticks_s); };
  EXPECT_FALSE(got_on(tree_of(0, 0, false, 7), tree_of(share(0.01), 5000, false, 7), 5));
  EXPECT_TRUE(got_on(tree_of(0, 0, false, 7), tree_of(share(0.04), 0, false, 7), 5));
  EXPECT_TRUE(got_on(tree_of(0, 0, false, 7), tree_of(0, 0, false, 8), 5));
}

TEST(GotOn, ANewProcessCountsByWhatItDid) {
  Tree later = tree_of(5, 5, false, 0);
  later[12].parent = 1;
  EXPECT_FALSE(got_on(tree_of(5, 5, false, 0), later, 5));
  later[12].threads[12].ticks = 1;
  EXPECT_TRUE(got_on(tree_of(5, 5, false, 0), later, 5));
}

}  // namespace
}  // namespace contimg::watch
