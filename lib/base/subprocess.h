// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace contimg {

/// A program to run. No shell: every argument arrives as it is.
struct Command {
  std::string program;  ///< A path, or a name to look up in PATH.
  std::vector<std::string> arguments;
  std::string folder = {};                              ///< Runs here; empty: where we are.
  std::map<std::string, std::string> environment = {};  ///< Added to ours.
  double timeout_s = 0;                                 ///< 0: as long as it takes.
  std::size_t tail_bytes = 16384;  ///< How much of each stream is kept: its end.
  /// Ended when the whole group has neither written nor used the processor for so long; 0: never.
  double stall_timeout_s = 0;
  /// Given what the program has written to stdout, as it comes; may be empty. What it throws ends
  /// the program.
  std::function<void(const std::string& text)> on_output = {};
  /// Called several times a second; may be empty. What it throws ends the program.
  std::function<void()> check = {};
};

/// How a program ended.
struct Outcome {
  int exit_code = 0;  ///< 128 + signal when a signal ended it, as a shell has it.
  bool timed_out = false;
  bool stalled = false;     ///< Ended by stall_timeout_s.
  std::string output_tail;  ///< End of stdout.
  std::string error_tail;   ///< End of stderr.
  double elapsed_s = 0;
};

/// The path of a program, looked up in PATH unless it has a slash; nothing if it is not there or
/// may not be run.
std::optional<std::string> find_program(const std::string& name);

/// Runs a program in a process group of its own, with stdin empty, and waits for its end. After
/// `timeout_s`, when it stalls, or when this process is asked to stop, the whole group gets TERM,
/// and KILL 5 s later; so do grandchildren that outlive the program itself. Should this process be
/// killed, the program is too.
/// Throws TemporaryError when the program is not found or cannot be started, Stopped after a stop.
/// A non-zero exit code is the caller's to judge.
Outcome run_program(const Command& command);

/// Reads a text that may vanish at any moment, as those below /proc do when their process ends.
/// Returned: all of it, to the first NUL; empty when it cannot be opened or read.
std::string text_if_readable(const std::string& path);

}  // namespace contimg
