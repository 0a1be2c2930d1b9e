// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace contimg::watch {

/// A command that did nothing for too long, just before it is ended.
struct Stall {
  std::vector<pid_t> processes;  ///< The command and all its descendants.
  std::string last_output;       ///< The end of what they wrote to stderr.
};

/// What to run, and how long it may do nothing.
struct Watched {
  std::vector<std::string> command;  ///< The program, looked up in PATH, and its arguments.
  double stall_s = 0;                ///< 0: for ever.
  double grace_s = 10;               ///< From TERM to KILL.
  std::size_t tail_bytes = 4096;     ///< Of stderr that are kept, in whole lines.
  /// Called once, before TERM is sent. What it throws is thrown once the processes are gone.
  std::function<void(const Stall&)> on_stall = [](const Stall&) {};
};

/// How it ended.
struct Ended {
  int exit_code = 0;  ///< The command's; 128 + n when signal n ended it, 127 when it is not there.
  bool stalled = false;  ///< It was ended, because it did nothing.
  bool gone = true;      ///< False: some process cannot even be killed (it waits for a dead disk).
};

/// Runs a command in a process group of its own and waits for it. stdin and stdout are ours; stderr
/// is copied to ours as it comes. TERM, INT and HUP that we get go to its group. Should this process be
/// killed, the command is too.
///
/// While it runs, every few seconds it is looked at whether the command or a descendant got on
/// (got_on(), or something on stderr). Time in which this process was stopped too does not count.
/// When nothing did for `stall_s`, all of them get TERM, and KILL after `grace_s`: those that left
/// the group by setsid, and those whose parent ended, too.
///
/// A descendant that outlives the command is left alone, though it may hold the pipe.
/// Not for a process with other children, or with threads. Throws TemporaryError when no process can be
/// started.
Ended watch_command(const Watched& watched);

}  // namespace contimg::watch
