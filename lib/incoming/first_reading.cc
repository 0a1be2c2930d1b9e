// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/first_reading.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include "base/error.h"

namespace contimg::incoming {
namespace {

constexpr rlim_t kMostCpu_s = 30;
constexpr int kRefused = 1;

// The child's life: no core dump, no handlers of its parent.
[[noreturn]] void read_and_end(const std::string& path, const subband::SummaryLimits& limits) {
  const rlimit no_core = {0, 0}, cpu = {kMostCpu_s, kMostCpu_s + 1};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &cpu);
  for (const int signal : {SIGTERM, SIGINT, SIGSEGV, SIGABRT, SIGBUS}) std::signal(signal, SIG_DFL);
  try {
    subband::read_summary(path, limits);
  } catch (const std::exception&) {
    // The parent reads it again and says why.
    ::_exit(kRefused);
  }
  ::_exit(0);
}

}  // namespace

std::string fault_in_reading(const std::string& path, const subband::SummaryLimits& limits) {
  const pid_t child = ::fork();
  if (child < 0) throw TemporaryError(path + ": no process to read it in: " + std::strerror(errno));
  if (child == 0) read_and_end(path, limits);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw TemporaryError(path + ": waiting for its reader: " + std::strerror(errno));
  if (!WIFSIGNALED(status)) return "";
  const int signal = WTERMSIG(status);
  if (signal == SIGTERM || signal == SIGINT || signal == SIGKILL) return "";  // not of the file
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

}  // namespace contimg::incoming
