// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/subprocess.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/filesystem.hpp>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/stop.h"

namespace contimg {
namespace {

namespace process = boost::process;

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr auto kGrace = std::chrono::seconds(5);
constexpr double kLookAtTimes_s = 1;

/// Reads what the program writes to one stream, and keeps the end of it.
class TailReader {
 public:
  TailReader(process::pipe& pipe, std::size_t keep) : pipe_(pipe), keep_(keep) {}

  int descriptor() const { return open_ ? pipe_.native_source() : -1; }
  const std::string& tail() const { return tail_; }
  /// What has been read since the last call.
  std::string news() { return std::exchange(news_, std::string()); }
  void keep_news() { keeps_news_ = true; }

  void read_some() {
    std::array<char, 65536> buffer;
    const ssize_t n = ::read(pipe_.native_source(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
      open_ = false;
      return;
    }
    tail_.append(buffer.data(), static_cast<std::size_t>(n));
    if (keeps_news_) news_.append(buffer.data(), static_cast<std::size_t>(n));
    if (tail_.size() > keep_) tail_.erase(0, tail_.size() - keep_);
  }

 private:
  process::pipe& pipe_;
  std::size_t keep_;
  std::string tail_, news_;
  bool keeps_news_ = false;
  bool open_ = true;
};

/// Waits up to kLook for output, and takes it. False when there was none.
bool drain(TailReader& output, TailReader& error) {
  pollfd streams[] = {{output.descriptor(), POLLIN, 0}, {error.descriptor(), POLLIN, 0}};
  if (::poll(streams, 2, static_cast<int>(kLook.count())) <= 0) return false;
  if (streams[0].revents != 0) output.read_some();
  if (streams[1].revents != 0) error.read_some();
  return streams[0].revents != 0 || streams[1].revents != 0;
}

bool group_lives(pid_t group) { return ::kill(-group, 0) == 0; }

void end_group(pid_t group, process::child& program) {
  ::kill(-group, SIGTERM);
  const auto deadline = Clock::now() + kGrace;
  std::error_code ignored;
  while (Clock::now() < deadline) {
    program.running(ignored);  // reaps it, or the group would live on as a zombie
    if (!group_lives(group)) return;
    std::this_thread::sleep_for(kLook);
  }
  ::kill(-group, SIGKILL);
}

/// Ends what is left of the program's group, however its scope is left.
class GroupGuard {
 public:
  GroupGuard(pid_t group, process::child& program) : group_(group), program_(program) {}
  ~GroupGuard() {
    if (group_lives(group_)) end_group(group_, program_);
    std::error_code ignored;
    program_.wait(ignored);
  }
  GroupGuard(const GroupGuard&) = delete;

 private:
  pid_t group_;
  process::child& program_;
};

/// Clock ticks of the processor that the members of a group have used.
std::uint64_t ticks_of(pid_t group) {
  std::uint64_t sum = 0;
  for (const auto& entry : boost::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string line = text_if_readable((entry.path() / "stat").string());
    // "pid (name) state ppid pgrp ...": a name may hold anything; utime and stime are the 14th and
    // 15th field (proc(5)).
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream fields(line.substr(name_end + 1));
    std::string word;
    long pgrp = 0;
    std::uint64_t user = 0, system = 0;
    fields >> word >> word >> pgrp;
    if (pgrp != group) continue;
    for (int field = 6; field < 14; ++field) fields >> word;
    if (fields >> user >> system) sum += user + system;
  }
  return sum;
}

/// Tells when a group has done nothing for too long.
class StallWatch {
 public:
  StallWatch(pid_t group, double timeout_s) : group_(group), timeout_s_(timeout_s) {}

  void heard(double now_s) { last_s_ = now_s; }

  bool stalled(double now_s) {
    if (timeout_s_ <= 0) return false;
    if (now_s - looked_s_ >= std::min(kLookAtTimes_s, timeout_s_ / 2)) {
      looked_s_ = now_s;
      const std::uint64_t ticks = ticks_of(group_);
      if (ticks != ticks_) last_s_ = now_s;
      ticks_ = ticks;
    }
    return now_s - last_s_ > timeout_s_;
  }

 private:
  pid_t group_;
  double timeout_s_, last_s_ = 0, looked_s_ = 0;
  std::uint64_t ticks_ = 0;
};

process::environment environment_of(const Command& command) {
  process::environment variables = boost::this_process::environment();
  // Not variables[name]: it reads beyond the end of shorter variables.
  for (const auto& [name, value] : command.environment) variables.set(name, value);
  return variables;
}

process::child start(const Command& command, const std::string& path, process::pipe& output,
                     process::pipe& error) {
  const auto in_child = [](auto&) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_DFL);  // run_tool() ignores it, and that would be inherited
  };
  const std::string folder =
      command.folder.empty() ? boost::filesystem::current_path().string() : command.folder;
  return process::child(process::exe = path, process::args = command.arguments,
                        process::std_in<process::null, process::std_out> output,
                        process::std_err > error, process::start_dir = folder,
                        environment_of(command), process::extend::on_exec_setup = in_child);
}

}  // namespace

// Not istreambuf_iterator, which throws when a read fails: a process that ends between the opening and
// the reading makes it ESRCH.
std::string text_if_readable(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text, '\0');
  return file.bad() ? "" : text;
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0 && !boost::filesystem::is_directory(name)) return name;
    return std::nullopt;
  }
  const std::string path = process::search_path(name).string();
  return path.empty() ? std::nullopt : std::optional<std::string>(path);
}

namespace {

/// Waits for the program's end, or for a reason to end it.
void watch(const Command& command, process::child& program, TailReader& output, TailReader& error,
           Outcome& outcome) {
  const auto began = Clock::now();
  StallWatch stall(program.id(), command.stall_timeout_s);
  std::error_code ignored;
  while (program.running(ignored)) {
    const bool heard = drain(output, error);
    outcome.elapsed_s = seconds_since(began);
    if (heard) stall.heard(outcome.elapsed_s);
    if (heard && command.on_output) command.on_output(output.news());
    if (command.check) command.check();
    outcome.timed_out = command.timeout_s > 0 && outcome.elapsed_s > command.timeout_s;
    outcome.stalled = !outcome.timed_out && stall.stalled(outcome.elapsed_s);
    if (outcome.timed_out || outcome.stalled || stop_requested()) return;
  }
}

}  // namespace

Outcome run_program(const Command& command) {
  check_stop();
  const std::optional<std::string> path = find_program(command.program);
  if (!path) throw TemporaryError(command.program + ": no such program, expected it in PATH");
  process::pipe output_pipe, error_pipe;
  TailReader output(output_pipe, command.tail_bytes), error(error_pipe, command.tail_bytes);
  if (command.on_output) output.keep_news();
  const auto began = Clock::now();
  Outcome outcome;
  try {
    process::child program = start(command, *path, output_pipe, error_pipe);
    {
      const GroupGuard guard(program.id(), program);
      watch(command, program, output, error, outcome);
    }
    while (drain(output, error)) {
    }
    const int status = program.native_exit_code();
    outcome.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  } catch (const process::process_error& failure) {
    throw TemporaryError(*path + ": cannot be run (" + failure.code().message() + ")");
  }
  check_stop();
  if (command.on_output) command.on_output(output.news());
  outcome.output_tail = output.tail();
  outcome.error_tail = error.tail();
  outcome.elapsed_s = seconds_since(began);
  return outcome;
}

}  // namespace contimg
