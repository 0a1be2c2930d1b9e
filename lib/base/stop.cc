// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/stop.h"

#include <atomic>
#include <csignal>
#include <cstring>

namespace contimg {
namespace {
// The handler runs on any thread, and all look: std::sig_atomic_t is for one thread alone.
std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);
void remember(int signal) { stop_signal = signal; }
}  // namespace

void install_stop_handler() {
  struct sigaction action = {};
  action.sa_handler = remember;
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
}

bool stop_requested() { return stop_signal != 0; }

void check_stop() {
  if (stop_signal != 0)
    throw Stopped(std::string("stopped by signal ") + sigabbrev_np(stop_signal) +
                  "; nothing is lost, run it again");
}

}  // namespace contimg
