// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/subprocess.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/filesystem.hpp>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/stop.h"

namespace contimg {
namespace {

namespace process = boost::process;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr auto kGrace = std::chrono::seconds(5);

/// Reads what the program writes to one stream, and keeps the end of it.
class TailReader {
 public:
  TailReader(process::pipe& pipe, std::size_t keep) : pipe_(pipe), keep_(keep) {}

  int descriptor() const { return open_ ? pipe_.native_source() : -1; }
  const std::string& tail() const { return tail_; }

  void read_some() {
    std::array<char, 65536> buffer;
    const ssize_t n = ::read(pipe_.native_source(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
      open_ = false;
      return;
    }
    tail_.append(buffer.data(), static_cast<std::size_t>(n));
    if (tail_.size() > keep_) tail_.erase(0, tail_.size() - keep_);
  }

 private:
  process::pipe& pipe_;
  std::size_t keep_;
  std::string tail_;
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

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0 && !boost::filesystem::is_directory(name)) return name;
    return std::nullopt;
  }
  const std::string path = process::search_path(name).string();
  return path.empty() ? std::nullopt : std::optional<std::string>(path);
}

Outcome run_program(const Command& command) {
  check_stop();
  const std::optional<std::string> path = find_program(command.program);
  if (!path) throw TemporaryError(command.program + ": no such program, expected it in PATH");
  process::pipe output_pipe, error_pipe;
  TailReader output(output_pipe, command.tail_bytes), error(error_pipe, command.tail_bytes);
  const auto began = Clock::now();
  Outcome outcome;
  try {
    process::child program = start(command, *path, output_pipe, error_pipe);
    const pid_t group = program.id();
    std::error_code ignored;
    while (program.running(ignored)) {
      drain(output, error);
      outcome.elapsed_s = std::chrono::duration<double>(Clock::now() - began).count();
      outcome.timed_out = command.timeout_s > 0 && outcome.elapsed_s > command.timeout_s;
      if (outcome.timed_out || stop_requested()) break;
    }
    if (group_lives(group)) end_group(group, program);
    program.wait();
    while (drain(output, error)) {
    }
    const int status = program.native_exit_code();
    outcome.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  } catch (const process::process_error& failure) {
    throw TemporaryError(*path + ": cannot be run (" + failure.code().message() + ")");
  }
  check_stop();
  outcome.output_tail = output.tail();
  outcome.error_tail = error.tail();
  outcome.elapsed_s = std::chrono::duration<double>(Clock::now() - began).count();
  return outcome;
}

}  // namespace contimg
