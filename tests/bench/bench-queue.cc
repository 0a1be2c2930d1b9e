// SPDX-License-Identifier: GPL-3.0-or-later
// bench-queue DIR: measures claims. Prints claims/s of 50 processes on 2,000 groups (goal: above
// 3,000), and the time of one claim with 100,000 groups in the table (goal: under 2 ms).

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/queue.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

queue::QueueSettings fresh(const std::string& folder, int n_group) {
  queue::QueueSettings settings;
  settings.path = folder + "/bench-queue-" + std::to_string(getpid()) + ".sqlite3";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(settings.path + suffix);
  queue::Queue queue(settings);
  Transaction transaction(queue.database());
  for (int i = 0; i < n_group; ++i) {
    queue::Group group;
    group.group_id = "g" + std::to_string(1000000 + i);
    group.state = queue::GroupState::pending;
    group.received_at_unix_s = group.last_update_unix_s = 1.8e9;
    queue::insert_group(queue.database(), group, "bench", "");
  }
  transaction.commit();
  return settings;
}

int claim_all(const queue::QueueSettings& settings, int start_pipe) {
  try {
    queue::QueueSettings own = settings;
    own.worker = queue::this_worker();
    queue::Queue queue(own);
    char byte = 0;
    if (read(start_pipe, &byte, 1) != 0) return 1;  // returns 0 when all writers have closed
    int n = 0;
    for (; auto claim = queue.claim(queue::Stage::convert); ++n) claim->detach();
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

void bench_processes(const std::string& folder) {
  constexpr int n_process = 50, n_group = 2000;
  const queue::QueueSettings settings = fresh(folder, n_group);
  int start[2];
  if (pipe(start) != 0) throw TemporaryError("pipe: cannot make one");
  std::vector<pid_t> children;
  for (int i = 0; i < n_process; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      close(start[1]);
      _exit(claim_all(settings, start[0]));
    }
    children.push_back(child);
  }
  sleep(2);  // all of them have opened the queue by now, and wait for the pipe to close
  const Clock::time_point began = Clock::now();
  close(start[1]);
  int n_bad = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    n_bad += status != 0;
  }
  const double elapsed = seconds_since(began);
  queue::Queue queue(settings);
  std::cout << n_process << " processes, " << n_group << " groups: " << n_group / elapsed
            << " claims/s, " << n_bad << " processes failed, "
            << queue.database().integer("SELECT count(*) FROM job_attempt") << " claims, "
            << queue.database().integer("SELECT max(attempt) FROM job") << " at most per group\n";
  close(start[0]);
}

void bench_large(const std::string& folder) {
  constexpr int n_group = 100000, n_claim = 1000;
  const queue::QueueSettings settings = fresh(folder, n_group);
  queue::Queue queue(settings);
  std::vector<double> times_s;
  for (int i = 0; i < n_claim; ++i) {
    const Clock::time_point began = Clock::now();
    queue.claim(queue::Stage::convert)->detach();
    times_s.push_back(seconds_since(began));
  }
  std::sort(times_s.begin(), times_s.end());
  std::cout << n_group << " groups in the table: a claim takes " << 1e3 * times_s[n_claim / 2]
            << " ms (median), " << 1e3 * times_s[n_claim * 99 / 100] << " ms (99 %), "
            << 1e3 * times_s.back() << " ms (worst)\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  bench_processes(folder);
  bench_large(folder);
  return 0;
}
