// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/subprocess.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "scratch.h"

namespace contimg {
namespace {

Command shell(const std::string& script) { return {"bash", {"-c", script}}; }

TEST(RunProgram, KeepsTheStreamsApartAndTheExitCode) {
  const Outcome outcome = run_program(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.output_tail, "out\n");
  EXPECT_EQ(outcome.error_tail, "err\n");
  EXPECT_FALSE(outcome.timed_out);
}

TEST(RunProgram, PassesArgumentsAsTheyAre) {
  const std::string odd = "a b'\"$HOME;*\n";
  EXPECT_EQ(run_program({"printf", {"%s|", odd, ""}}).output_tail, odd + "||");
}

TEST(RunProgram, KeepsTheEndOfALongStream) {
  Command command = shell("seq 1 200000");
  command.tail_bytes = 20;
  EXPECT_EQ(run_program(command).output_tail, "99998\n199999\n200000\n");
}

TEST(RunProgram, RunsInItsFolderWithItsEnvironmentAndNoInput) {
  Command command = shell("pwd; echo $CONTIMG_TEST_WORD; cat");
  command.folder = "/";
  command.environment = {{"CONTIMG_TEST_WORD", "word"}};
  EXPECT_EQ(run_program(command).output_tail, "/\nword\n");
}

TEST(RunProgram, ReportsASignalAsAShellDoes) {
  EXPECT_EQ(run_program(shell("kill -9 $$")).exit_code, 128 + SIGKILL);
}

// Whether a process is gone after a while. A dead one may stay a zombie where nobody reaps orphans.
bool ends(pid_t process) {
  for (int i = 0; i < 3000; ++i) {
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string number, name, state = "gone";
    status >> number >> name >> state;
    if (state == "gone" || state == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(RunProgram, ATimeoutEndsGrandchildrenToo) {
  const std::string note = scratch("grandchild");
  Command command = shell("sleep 300 & echo $! >'" + note + "'; wait");
  command.timeout_s = 3;
  const auto began = std::chrono::steady_clock::now();
  const Outcome outcome = run_program(command);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_LT(elapsed.count(), 60.0);
  pid_t grandchild = 0;
  std::ifstream(note) >> grandchild;
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(ends(grandchild));
  ::unlink(note.c_str());
}

TEST(RunProgram, AMissingProgramIsTemporary) {
  EXPECT_THROW(run_program({"no-such-program", {}}), TemporaryError);
  EXPECT_THROW(run_program({"/no/such/program", {}}), TemporaryError);
}

TEST(FindProgram, FindsWhatThePathHoldsAndNothingElse) {
  const auto found = find_program("bash");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0], '/');
  EXPECT_FALSE(find_program("no-such-program"));
  EXPECT_FALSE(find_program("/etc"));
  EXPECT_FALSE(find_program("/etc/passwd"));
}

TEST(RunProgram, HandsOverWhatTheProgramWritesAsItComes) {
  Command command = shell("echo one; sleep 2; echo two; echo three >&2");
  std::string heard;
  std::vector<double> at_s;
  const auto began = std::chrono::steady_clock::now();
  command.on_output = [&](const std::string& text) {
    heard += text;
    at_s.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  };
  run_program(command);
  EXPECT_EQ(heard, "one\ntwo\n");
  ASSERT_GE(at_s.size(), 2u);
  EXPECT_GT(at_s.back() - at_s.front(), 1.0);
}

TEST(RunProgram, EndsAProgramThatNeitherWritesNorWorks) {
  Command command = shell("echo begun; sleep 300 & wait");
  command.stall_timeout_s = 3;
  const Outcome outcome = run_program(command);
  EXPECT_TRUE(outcome.stalled);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.output_tail, "begun\n");
  EXPECT_LT(outcome.elapsed_s, 60.0);
}

TEST(RunProgram, LeavesAloneWhatWorksInSilenceOrWritesWithoutWork) {
  Command busy = shell("end=$((SECONDS + 6)); while ((SECONDS < end)); do :; done");
  busy.stall_timeout_s = 3;
  EXPECT_FALSE(run_program(busy).stalled);
  Command writing = shell("for i in {1..10}; do echo $i; sleep 0.5; done");
  writing.stall_timeout_s = 3;
  EXPECT_FALSE(run_program(writing).stalled);
}

TEST(TextIfReadable, IsEmptyWhereOpeningOrReadingFails) {
  const std::string file = scratch("text");
  std::ofstream(file) << "12 (a\nb) R 1\n";
  EXPECT_EQ(text_if_readable(file), "12 (a\nb) R 1\n");
  EXPECT_EQ(text_if_readable(file + ".none"), "");
  // Like /proc/PID/stat of a process that just ended, a folder can be opened, but not read.
  EXPECT_EQ(text_if_readable("/proc"), "");
}

TEST(RunProgram, WhatItsCheckThrowsEndsTheProgram) {
  const std::string note = scratch("checked");
  Command command = shell("sleep 300 & echo $$ $! >'" + note + "'; wait");
  int calls = 0;
  pid_t program = 0, child = 0;
  command.check = [&] {
    if (child == 0) std::ifstream(note) >> program >> child;
    if (child > 0 && ++calls == 5) throw DataError("enough");
  };
  EXPECT_THROW(run_program(command), DataError);
  ASSERT_GT(child, 0);
  EXPECT_NE(::kill(program, 0), 0);
  EXPECT_TRUE(ends(child));
}

}  // namespace
}  // namespace contimg
