// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

namespace contimg::status {
namespace {

constexpr double kLook_s = 1, kBytesPerMb = 1e6;

/// What /proc/PID/stat says.
struct Process {
  int parent = 0;
  double used_s = 0, resident_byte = 0;
  double started_s = 0;  // after the machine's start
};

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<Process> read_process(const std::string& proc, const std::string& pid) {
  const std::string line = first_line(proc + "/" + pid + "/stat");
  // The name, in parentheses, may hold anything.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream words(line.substr(name_end + 1));
  std::string state;
  Process process;
  double value[23] = {};
  words >> state >> process.parent;
  for (int i = 5; i <= 24 && words >> value[i - 5]; ++i) {
  }
  const double ticks_per_s = static_cast<double>(sysconf(_SC_CLK_TCK));
  process.used_s = (value[14 - 5] + value[15 - 5] + value[16 - 5] + value[17 - 5]) / ticks_per_s;
  process.started_s = value[22 - 5] / ticks_per_s;
  process.resident_byte = value[24 - 5] * static_cast<double>(sysconf(_SC_PAGESIZE));
  return process;
}

std::map<int, Process> all_processes(const std::string& proc) {
  std::map<int, Process> all;
  DIR* folder = ::opendir(proc.c_str());
  if (folder == nullptr) return all;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto process = read_process(proc, name)) all[std::atoi(name.c_str())] = *process;
  }
  ::closedir(folder);
  return all;
}

bool is_below(const std::map<int, Process>& all, int pid, int top) {
  for (int depth = 0; depth < 64; ++depth) {
    if (pid == top) return true;
    const auto found = all.find(pid);
    if (found == all.end() || found->second.parent <= 1) return false;
    pid = found->second.parent;
  }
  return false;
}

double boot_unix_s(const std::string& proc) {
  std::ifstream file(proc + "/stat");
  for (std::string word; file >> word;)
    if (word == "btime") {
      double time = 0;
      file >> time;
      return time;
    }
  return 0;
}

/// The process that holds a lock; nothing while nobody does.
std::optional<int> holder(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const bool is_free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);
  if (is_free) return {};
  const int pid = std::atoi(first_line(path).c_str());
  return pid > 0 ? std::optional<int>(pid) : std::nullopt;
}

double changed_unix_s(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<double>(about.st_mtime) : 0;
}

}  // namespace

Processes::Processes(std::string queue_db, std::string proc)
    : queue_db_(std::move(queue_db)), proc_(std::move(proc)) {}

Automation Processes::automation(double now_unix_s) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::abs(now_unix_s - looked_unix_s_) >= kLook_s) {
    last_ = look(now_unix_s);
    looked_unix_s_ = now_unix_s;
  }
  return last_;
}

Automation Processes::look(double now_unix_s) {
  Automation found;
  const std::string folder = queue_db_ + ".locks/";
  found.last_tick_unix_s = changed_unix_s(folder + "tick");
  if ((found.pid = holder(folder + "stream"))) {
    found.kind = "dsa110-stream";
  } else if ((found.pid = holder(folder + "tick"))) {
    found.kind = "run-tick";
  }
  if (!found.pid) {
    used_pid_ = 0;
    return found;
  }
  const std::map<int, Process> all = all_processes(proc_);
  const auto top = all.find(*found.pid);
  if (top == all.end()) return found;
  found.started_unix_s = boot_unix_s(proc_) + top->second.started_s;
  double used_s = 0;
  for (const auto& [pid, process] : all) {
    if (!is_below(all, pid, *found.pid)) continue;
    used_s += process.used_s;
    found.memory_mb += process.resident_byte / kBytesPerMb;
  }
  const bool seen_before = used_pid_ == *found.pid;
  const double since = seen_before ? looked_unix_s_ : found.started_unix_s;
  const double elapsed_s = now_unix_s - since;
  // What a child used counts for its parent once it has ended, so the sum does not fall by its end.
  if (elapsed_s > 0)
    found.cpu_percent = std::max(0.0, 100 * (used_s - (seen_before ? used_s_ : 0)) / elapsed_s);
  used_pid_ = *found.pid;
  used_s_ = used_s;
  return found;
}

}  // namespace contimg::status
