// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
};

/// How a program ended.
struct Outcome {
  int exit_code = 0;  ///< 128 + signal when a signal ended it, as a shell has it.
  bool timed_out = false;
  std::string output_tail;  ///< End of stdout.
  std::string error_tail;   ///< End of stderr.
  double elapsed_s = 0;
};

/// The path of a program, looked up in PATH unless it has a slash; nothing if it is not there or
/// may not be run.
std::optional<std::string> find_program(const std::string& name);

/// Runs a program in a process group of its own, with stdin empty, and waits for its end. After
/// `timeout_s`, or when this process is asked to stop, the whole group gets TERM, and KILL 5 s
/// later; so do grandchildren that outlive the program itself.
/// Throws TemporaryError when the program is not found or cannot be started, Stopped after a stop.
/// A non-zero exit code is the caller's to judge.
Outcome run_program(const Command& command);

}  // namespace contimg
