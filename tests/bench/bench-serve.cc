// SPDX-License-Identifier: GPL-3.0-or-later
// bench-serve SERVER DIR [SECONDS [CLIENTS]]: load on serve-status, the program SERVER, with a queue of
// 100,000 groups and light curves of 1,000,000 points made in DIR, while two workers write at full speed.
// Prints for each path how many answers came and the percentiles of their times, errors, and the server's
// memory before and after. Goal: 95 of 100 within 50 ms, no error, memory that does not grow.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "lightcurve/store.h"
#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/queue.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

constexpr int kGroups = 100000, kSources = 5000, kEpochs = 200, kWorkers = 2;
const int kPort = 20000 + getpid() % 20000;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

std::string group_id(int i) {
  char text[32];
  std::snprintf(text, sizeof text, "2026-%02d-%02dT%02d:%02d:%02d", 1 + i / 8640 % 12,
                1 + i / 308 % 28, i / 12 % 24, 5 * (i % 12), i / 100000);
  return std::string(text) + "." + std::to_string(100000 + i);
}

queue::QueueSettings make_queue(const std::string& path) {
  queue::QueueSettings settings;
  settings.path = path;
  queue::Queue queue(settings);
  Transaction transaction(queue.database());
  const double now = queue.now_unix_s();
  for (int i = 0; i < kGroups; ++i) {
    queue::Group group;
    group.group_id = group_id(i);
    group.state = i % 100 < 90   ? queue::GroupState::completed
                  : i % 100 < 98 ? queue::GroupState::pending
                                 : queue::GroupState::failed;
    group.n_subbands = 16;
    group.received_at_unix_s = group.last_update_unix_s = group.first_time_unix_s =
        now - 3.0 * (kGroups - i);
    queue::insert_group(queue.database(), group, "bench", "");
  }
  queue.database().execute(
      "INSERT INTO job (group_id, stage, state) SELECT group_id, 'flag', 'done' FROM ingest_queue"
      " WHERE state = 'completed';"
      "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at, "
      "outcome)"
      " SELECT -rowid, group_id, 'convert', 1, received_at, received_at + 60, 'done' FROM"
      " ingest_queue WHERE state = 'completed'");
  transaction.commit();
  return settings;
}

void make_curves(const std::string& path) {
  Database db = lightcurve::open_store(path);
  Transaction transaction(db);
  Statement epoch(
      db,
      "INSERT INTO epoch (id, group_id, change_id, season, mid_mjd, state, gain, gain_error,"
      " ra_deg, dec_deg, rms_jy, detection_sigma, verdict, joined_at) VALUES (?1, ?2, ?1,"
      " ?3, ?4, 'joined', 1, 0.01, 10, 16, 0.003, 5, 'PASS', 1)");
  for (int i = 1; i <= kEpochs; ++i)
    epoch.bind(1, i).bind(2, group_id(i)).bind(3, (61000 + i) / 32).bind(4, 61000.0 + i).run();
  db.execute("INSERT INTO season SELECT DISTINCT season FROM epoch");
  Statement source(
      db,
      "INSERT INTO source (id, name, origin, ra_deg, dec_deg, first_epoch_id) VALUES (?1,"
      " ?2, 'catalogue', 10, 16, 1)");
  Statement name(db, "INSERT INTO source_name VALUES (?1, ?2)");
  Statement point(
      db,
      "INSERT INTO point (season, source_id, epoch_id, kind, flux_jy, error_jy) VALUES (?1,"
      " ?2, ?3, 0, ?4, 0.003)");
  for (int i = 1; i <= kSources; ++i) {
    const std::string word = "J" + std::to_string(100000 + i);
    source.bind(1, i).bind(2, word).run();
    name.bind(1, word).bind(2, i).run();
  }
  for (int e = 1; e <= kEpochs; ++e)
    for (int i = 1; i <= kSources; ++i)
      point.bind(1, (61000 + e) / 32).bind(2, i).bind(3, e).bind(4, 0.05 + 1e-5 * (i % 97)).run();
  transaction.commit();
}

// Takes and ends jobs as fast as it can; what it has taken through is there to be taken again.
[[noreturn]] void work(queue::QueueSettings settings) {
  try {
    settings.worker = queue::this_worker();
    queue::Queue queue(settings);
    for (;;) {
      auto claim = queue.claim(queue::Stage::convert);
      if (claim) {
        claim->finish({});
        continue;
      }
      queue.database().execute(
          "UPDATE ingest_queue SET state = 'pending' WHERE group_id IN (SELECT group_id FROM"
          " ingest_queue WHERE state = 'completed' LIMIT 500)");
    }
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
  }
  _exit(1);
}

struct Times {
  std::mutex mutex;
  std::map<std::string, std::vector<double>> by_kind_ms;
  std::atomic<int> errors{0};
};

/// One answer read whole by its Content-Length; its status.
int ask(int socket, const std::string& path, std::string& buffer) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 0;
  buffer.clear();
  std::size_t whole = std::string::npos;
  char block[65536];
  while (buffer.size() < whole) {
    const ssize_t n = recv(socket, block, sizeof block, 0);
    if (n <= 0) return 0;
    buffer.append(block, static_cast<std::size_t>(n));
    const std::size_t end = buffer.find("\r\n\r\n");
    if (whole != std::string::npos || end == std::string::npos) continue;
    const std::size_t length = buffer.find("Content-Length: ");
    whole = end + 4 + std::stoul(buffer.substr(length + 16));
  }
  return std::stoi(buffer.substr(9, 3));
}

int connected() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  close(socket);
  return -1;
}

void client(unsigned seed, Clock::time_point end, Times& times) {
  std::mt19937 random(seed);
  const int socket = connected();
  std::string buffer;
  std::map<std::string, std::vector<double>> own;
  while (Clock::now() < end) {
    const unsigned dice = random();
    // A page shows one light curve and asks again; now and then another is opened.
    const unsigned other = dice / 4 % 16 == 0 ? dice / 64 % kSources : 0;
    const std::string source = std::to_string(1 + other);
    const auto [kind, path] =
        dice % 4 == 0 ? std::pair<std::string, std::string>("status", "/api/status")
        : dice % 4 == 1
            ? std::pair<std::string, std::string>("pending", "/api/v1/conversion/pending")
        : dice % 4 == 2
            ? std::pair<std::string, std::string>("streaming", "/api/streaming/metrics")
            : std::pair<std::string, std::string>(other > 0 ? "other curve" : "light curve",
                                                  "/api/v1/sources/" + source + "/lightcurve");
    const Clock::time_point began = Clock::now();
    if (ask(socket, path, buffer) != 200) {
      ++times.errors;
      break;
    }
    own[kind].push_back(1000 * seconds_since(began));
  }
  close(socket);
  const std::lock_guard<std::mutex> lock(times.mutex);
  for (auto& [kind, list] : own)
    times.by_kind_ms[kind].insert(times.by_kind_ms[kind].end(), list.begin(), list.end());
}

std::string memory_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("VmRSS:", 0) == 0) return line.substr(7);
  return "unknown";
}

void print(const Times& times, double elapsed_s) {
  for (auto [kind, list] : times.by_kind_ms) {
    std::sort(list.begin(), list.end());
    const auto at = [&, &all = list](double q) {
      return all[std::min(all.size() - 1,
                          static_cast<std::size_t>(q * static_cast<double>(all.size())))];
    };
    std::printf("%-12s %7zu answers, %6.0f/s  p50 %6.2f  p95 %6.2f  p99 %6.2f  most %6.2f ms\n",
                kind.c_str(), list.size(), static_cast<double>(list.size()) / elapsed_s, at(0.5),
                at(0.95), at(0.99), list.back());
  }
  std::printf("errors: %d\n", times.errors.load());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[2];
  const double seconds = argc > 3 ? std::stod(argv[3]) : 30;
  const unsigned n_client = argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : 50;
  const std::string queue_db = folder + "/bench-serve.sqlite3", curves = folder + "/curves.sqlite3";
  for (const std::string& path : {queue_db, curves})
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  const queue::QueueSettings settings = make_queue(queue_db);
  make_curves(curves);
  std::vector<pid_t> children;
  const pid_t server = fork();
  if (server == 0) {
    execl(argv[1], argv[1], "--quiet", "--queue-db", queue_db.c_str(), "--lightcurve-db",
          curves.c_str(), "--serve-port", std::to_string(kPort).c_str(), "--serve-also", "",
          "--health-port", "0", "--rate-limit", "1000000", static_cast<char*>(nullptr));
    _exit(127);
  }
  children.push_back(server);
  for (int i = 0; i < kWorkers; ++i) {
    const pid_t worker = fork();
    if (worker == 0) work(settings);
    children.push_back(worker);
  }
  int probe = -1;
  while ((probe = connected()) < 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  close(probe);
  Times times;
  std::vector<std::thread> threads;
  const Clock::time_point began = Clock::now();
  const auto end =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (unsigned i = 0; i < n_client; ++i) threads.emplace_back([&, i] { client(i, end, times); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 3));
  const std::string before = memory_of(server);
  for (std::thread& thread : threads) thread.join();
  print(times, seconds_since(began));
  std::printf("memory after a third: %s, at the end: %s\n", before.c_str(),
              memory_of(server).c_str());
  for (const pid_t child : children) kill(child, child == server ? SIGTERM : SIGKILL);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  return times.errors > 0 ? 1 : 0;
}
