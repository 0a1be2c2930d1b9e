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

TEST(RunProgram, ATimeoutEndsGrandchildrenToo) {
  const std::string note = scratch("grandchild");
  Command command = shell("sleep 300 & echo $! >'" + note + "'; wait");
  command.timeout_s = 0.5;
  const auto began = std::chrono::steady_clock::now();
  const Outcome outcome = run_program(command);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_LT(elapsed.count(), 5.0);
  pid_t grandchild = 0;
  std::ifstream(note) >> grandchild;
  ASSERT_GT(grandchild, 0);
  // A dead one may stay a zombie where nobody reaps orphans.
  std::ifstream status("/proc/" + std::to_string(grandchild) + "/stat");
  std::string number, name, state = "gone";
  status >> number >> name >> state;
  EXPECT_TRUE(state == "gone" || state == "Z") << state;
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
  Command command = shell("echo one; sleep 0.4; echo two; echo three >&2");
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
  EXPECT_LT(at_s.front(), 0.35);
}

TEST(RunProgram, EndsAProgramThatNeitherWritesNorWorks) {
  Command command = shell("echo begun; sleep 300 & wait");
  command.stall_timeout_s = 0.6;
  const Outcome outcome = run_program(command);
  EXPECT_TRUE(outcome.stalled);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.output_tail, "begun\n");
  EXPECT_LT(outcome.elapsed_s, 10.0);
}

TEST(RunProgram, LeavesAloneWhatWorksInSilenceOrWritesWithoutWork) {
  Command busy = shell("end=$((SECONDS + 3)); while ((SECONDS < end)); do :; done");
  busy.stall_timeout_s = 1;
  EXPECT_FALSE(run_program(busy).stalled);
  Command writing = shell("for i in {1..10}; do echo $i; sleep 0.2; done");
  writing.stall_timeout_s = 1;
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
  Command command = shell("echo $$ >'" + note + "'; sleep 300 & wait");
  int calls = 0;
  command.check = [&] {
    if (++calls == 5) throw DataError("enough");
  };
  EXPECT_THROW(run_program(command), DataError);
  pid_t program = 0;
  std::ifstream(note) >> program;
  ASSERT_GT(program, 0);
  EXPECT_NE(::kill(-program, 0), 0);
}

}  // namespace
}  // namespace contimg
