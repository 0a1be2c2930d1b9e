// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/subprocess.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/error.h"

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
  const std::string note = testing::TempDir() + "/grandchild-" + std::to_string(::getpid());
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

}  // namespace
}  // namespace contimg
