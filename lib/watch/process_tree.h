// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace contimg::watch {

/// What one thread has done since it began.
struct ThreadWork {
  std::uint64_t ticks = 0;  ///< Of the processor, sysconf(_SC_CLK_TCK) a second.
  std::uint64_t bytes = 0;  ///< Read and written: by calls, pipes too, and by disks. 0: not told.
  bool in_background = false;  ///< Named "heartbeat": it only keeps a lease.
};

/// One process of a tree, as /proc tells (proc(5)).
struct ProcessWork {
  pid_t parent = 0;
  std::uint64_t began = 0;  ///< Tells a process from a later one of the same number.
  bool ended = false;       ///< A zombie: nobody has waited for it yet.
  std::map<pid_t, ThreadWork> threads;
};
using Tree = std::map<pid_t, ProcessWork>;

/// The descendants of a process, itself not among them, with what they have done. Processes that
/// ended meanwhile are left out.
Tree descendants(pid_t root);

/// Whether a tree got on between two looks `elapsed_s` apart: some process has used the processor,
/// or has moved bytes. One that waits for a child of its own does so only from 2 % of a processor on:
/// looking whether the child still lives takes time and reads /proc.
bool got_on(const Tree& before, const Tree& now, double elapsed_s);

}  // namespace contimg::watch
