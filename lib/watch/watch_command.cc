// SPDX-License-Identifier: GPL-3.0-or-later
#include "watch/watch_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include "base/clock.h"
#include "base/error.h"
#include "base/stop.h"
#include "watch/process_tree.h"

namespace contimg::watch {
namespace {

constexpr double kLongestLook_s = 5, kShortestLook_s = 0.1;
constexpr int kLooksAStall = 10;
constexpr int kEndingCheck_ms = 50;  // while processes are being ended

[[noreturn]] void fail(const std::string& what) {
  throw TemporaryError(what + ": " + std::strerror(errno) + ", expected room for one more process");
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void take(int number) { close(), number_ = number; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// Signals come through a descriptor while it lives.
class Signals {
 public:
  Signals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&ours, signal);
    sigprocmask(SIG_BLOCK, &ours, &before_);
    descriptor_.take(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    if (descriptor_.number() < 0) fail("signalfd");
  }
  ~Signals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  const sigset_t& before() const { return before_; }
  int descriptor() const { return descriptor_.number(); }
  /// The next signal; 0: none.
  int next() {
    signalfd_siginfo info;
    const ssize_t n = ::read(descriptor_.number(), &info, sizeof info);
    return n == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_;
  Descriptor descriptor_;
};

[[noreturn]] void become(const Watched& watched, int error_pipe, const sigset_t& mask,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(137);
  ::dup2(error_pipe, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);  // run_tool() ignores it, and that would be inherited
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  std::vector<char*> words;
  for (const std::string& word : watched.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words.front(), words.data());
  const bool absent = errno == ENOENT;
  const std::string why = watched.command.front() + ": " + std::strerror(errno) + "\n";
  if (::write(STDERR_FILENO, why.data(), why.size()) < 0) ::_exit(126);
  ::_exit(absent ? 127 : 126);
}

void write_all(int descriptor, const char* text, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(descriptor, text, size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return;  // nobody reads our stderr; the command goes on all the same
    text += n;
    size -= static_cast<std::size_t>(n);
  }
}

class Watch {
 public:
  explicit Watch(const Watched& watched) : watched_(watched) {
    check_stop();  // a signal from now on comes through signals_
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
    errors_.take(ends[0]);
    Descriptor write_end(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    const pid_t self = ::getpid();
    command_ = ::fork();
    if (command_ < 0) fail("fork");
    if (command_ == 0) become(watched_, ends[1], signals_.before(), self);
    ::setpgid(command_, command_);  // here too: a signal may come before the child has done so
  }

  Ended run() {
    const double period_s =
        std::clamp(watched_.stall_s / kLooksAStall, kShortestLook_s, kLongestLook_s);
    double idle_s = 0;
    Tree before;
    Clock::time_point looked = Clock::now();
    while (!ended_) {
      const bool never = watched_.stall_s <= 0;
      attend(never ? -1 : static_cast<int>(1000 * std::max(0.0, period_s - seconds_since(looked))));
      const double elapsed_s = seconds_since(looked);
      if (never || ended_ || elapsed_s < period_s) continue;
      Tree now = descendants(::getpid());
      idle_s =
          heard_ || got_on(before, now, elapsed_s) ? 0 : idle_s + std::min(elapsed_s, 2 * period_s);
      heard_ = false;
      before = std::move(now);
      looked = Clock::now();
      if (idle_s >= watched_.stall_s) {
        end_stalled(before);
        break;
      }
    }
    while (copy_errors()) {
    }
    return result_;
  }

 private:
  /// Waits up to `wait_ms` (-1: for ever) for something to happen, and sees to it.
  void attend(int wait_ms) {
    pollfd sources[] = {{signals_.descriptor(), POLLIN, 0}, {errors_.number(), POLLIN, 0}};
    if (::poll(sources, 2, wait_ms) <= 0) return;
    if (sources[1].revents != 0) copy_errors();
    while (const int signal = signals_.next()) {
      if (signal == SIGCHLD)
        reap();
      else
        ::kill(-command_, signal);
    }
  }

  void reap() {
    int status = 0;
    while (const pid_t number = ::waitpid(-1, &status, WNOHANG)) {
      if (number < 0) return;
      if (number != command_) continue;
      ended_ = true;
      result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }

  /// Copies what there is on the command's stderr; false when there is no more for now.
  bool copy_errors() {
    char text[16384];
    const ssize_t n = errors_.number() < 0 ? 0 : ::read(errors_.number(), text, sizeof text);
    if (n == 0) errors_.close();
    if (n <= 0) return false;
    heard_ = true;
    write_all(STDERR_FILENO, text, static_cast<std::size_t>(n));
    tail_.append(text, static_cast<std::size_t>(n));
    if (tail_.size() > 2 * watched_.tail_bytes)
      tail_.erase(0, tail_.size() - watched_.tail_bytes - 1);
    return true;
  }

  std::string last_output() const {
    if (tail_.size() <= watched_.tail_bytes) return tail_;
    const std::string end = tail_.substr(tail_.size() - watched_.tail_bytes - 1);
    const std::size_t line = end.find('\n');
    return line + 1 < end.size() ? end.substr(line + 1) : end.substr(1);
  }

  void end_stalled(const Tree& tree) {
    result_.stalled = true;
    Stall stall;
    for (const auto& [number, process] : tree) stall.processes.push_back(number);
    stall.last_output = last_output();
    std::exception_ptr error;
    try {
      watched_.on_stall(stall);
    } catch (const Error&) {
      error = std::current_exception();
    }
    result_.gone = end_all(SIGTERM) || end_all(SIGKILL);
    if (!ended_) result_.exit_code = 128 + SIGKILL;
    if (error) std::rethrow_exception(error);
  }

  /// Sends a signal to all descendants, KILL again and again to those that are begun meanwhile, and
  /// waits for them. Returned: true when none is left.
  bool end_all(int signal) {
    const Clock::time_point began = Clock::now();
    bool first = true;
    do {
      reap();
      const Tree tree = descendants(::getpid());
      if (tree.empty()) return true;
      if (first || signal == SIGKILL)
        for (const auto& [number, process] : tree) ::kill(number, signal);
      first = false;
      attend(kEndingCheck_ms);
    } while (seconds_since(began) < watched_.grace_s);
    return false;
  }

  const Watched& watched_;
  Signals signals_;
  Descriptor errors_;
  pid_t command_ = -1;
  bool ended_ = false, heard_ = false;
  std::string tail_;
  Ended result_;
};

}  // namespace

Ended watch_command(const Watched& watched) { return Watch(watched).run(); }

}  // namespace contimg::watch
