// SPDX-License-Identifier: GPL-3.0-or-later
#include "watch/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>

namespace contimg::watch {
namespace {

constexpr double kWaitingShare = 0.02;  // of a processor

// Not std::ifstream: hundreds of these files are read every few seconds.
std::string contents(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  char text[2048];
  const ssize_t n = ::read(file, text, sizeof text);
  ::close(file);
  return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
}

std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return numbers;
  while (const dirent* entry = ::readdir(open.get())) {
    const int number = std::atoi(entry->d_name);
    if (number > 0) numbers.push_back(number);
  }
  return numbers;
}

struct Stat {
  std::string name;
  char state = '?';
  pid_t parent = 0;
  std::uint64_t ticks = 0, began = 0;
};

// "pid (name) state ppid ...": a name may hold anything, so it ends at the last parenthesis. utime
// and stime are the 14th and 15th field, starttime the 22nd.
bool read_stat(const std::string& path, Stat& stat) {
  const std::string line = contents(path);
  const std::size_t begin = line.find('('), end = line.rfind(')');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return false;
  stat.name = line.substr(begin + 1, end - begin - 1);
  std::istringstream fields(line.substr(end + 1));
  fields >> stat.state >> stat.parent;
  std::string skipped;
  std::uint64_t user = 0, system = 0;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  fields >> user >> system;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  fields >> stat.began;
  stat.ticks = user + system;
  return static_cast<bool>(fields);
}

// rchar, wchar, read_bytes and write_bytes. Calls that are counted move no byte.
std::uint64_t bytes_of(const std::string& path) {
  std::istringstream lines(contents(path));
  std::string name;
  std::uint64_t value = 0, sum = 0;
  while (lines >> name >> value)
    if (name == "rchar:" || name == "wchar:" || name == "read_bytes:" || name == "write_bytes:")
      sum += value;
  return sum;
}

void read_threads(const std::string& folder, ProcessWork& process) {
  for (const pid_t number : numbers_in(folder)) {
    const std::string path = folder + "/" + std::to_string(number);
    Stat stat;
    if (!read_stat(path + "/stat", stat)) continue;
    process.threads[number] = {stat.ticks, bytes_of(path + "/io"), stat.name == "heartbeat"};
  }
}

bool waits_for_a_child(const Tree& tree, pid_t number) {
  for (const auto& [other, process] : tree)
    if (process.parent == number && !process.ended) return true;
  return false;
}

}  // namespace

Tree descendants(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  std::map<pid_t, Stat> stats;
  for (const pid_t number : numbers_in("/proc")) {
    Stat stat;
    if (!read_stat("/proc/" + std::to_string(number) + "/stat", stat)) continue;
    children.emplace(stat.parent, number);
    stats[number] = stat;
  }
  Tree tree;
  std::vector<pid_t> open = {root};
  while (!open.empty()) {
    const auto [begin, end] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = begin; child != end; ++child) {
      const Stat& stat = stats[child->second];
      ProcessWork& process = tree[child->second];
      process.parent = stat.parent;
      process.began = stat.began;
      process.ended = stat.state == 'Z' || stat.state == 'X';
      read_threads("/proc/" + std::to_string(child->second) + "/task", process);
      open.push_back(child->second);
    }
  }
  return tree;
}

bool got_on(const Tree& before, const Tree& now, double elapsed_s) {
  const double waiting_ticks =
      kWaitingShare * elapsed_s * static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (const auto& [number, process] : now) {
    const auto old = before.find(number);
    const bool known = old != before.end() && old->second.began == process.began;
    std::uint64_t ticks = 0, bytes = 0;
    for (const auto& [thread, work] : process.threads) {
      if (work.in_background) continue;
      ThreadWork base;
      if (known && old->second.threads.count(thread) > 0) base = old->second.threads.at(thread);
      // A counter that went back is that of another thread with the same number.
      ticks += work.ticks >= base.ticks ? work.ticks - base.ticks : work.ticks;
      bytes += work.bytes >= base.bytes ? work.bytes - base.bytes : work.bytes;
    }
    if (waits_for_a_child(now, number) ? static_cast<double>(ticks) > waiting_ticks
                                       : ticks + bytes > 0)
      return true;
  }
  return false;
}

}  // namespace contimg::watch
