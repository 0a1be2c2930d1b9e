// SPDX-License-Identifier: GPL-3.0-or-later
// bench-serve SERVER DIR [SECONDS [CLIENTS]]: load on serve-status, the program SERVER, with a queue of
// 100,000 groups and light curves of 1,000,000 points made in DIR, while two workers write at full speed and
// somebody scrapes /metrics. Then the same clients ask the bare HTTP library for a constant text, for a
// comparison. Prints for each path how many answers came and the percentiles of their times, errors, what
// the workers wrote, and the server's memory after a third and at the end. Ends with 1 unless 95 of 100
// answers come within 50 ms for status, pending and the light curve, without an error, and memory grows by
// less than a tenth.

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
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
constexpr double kLimit_ms = 50, kLimitGrowth = 1.1, kScrape_s = 5;
const int kPort = 20000 + getpid() % 20000, kConstantPort = kPort + 1;

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
      "CREATE TEMP TABLE stages (stage);"
      "INSERT INTO stages VALUES ('convert'), ('flag'), ('calibrate'), ('image'), ('measure'),"
      " ('lightcurve');"
      "CREATE TEMP TABLE done AS SELECT group_id, received_at AS at FROM ingest_queue WHERE"
      " state = 'completed';"
      "INSERT INTO job (group_id, stage, state) SELECT group_id, stage, 'done' FROM done, stages"
      " WHERE stage <> 'convert';"
      "INSERT INTO job_attempt (claim_token, group_id, stage, attempt, started_at, ended_at,"
      " outcome) SELECT -6 * done.rowid - stages.rowid, group_id, stage, 1, at, at + 60, 'done'"
      " FROM done, stages;"
      "INSERT INTO stage_metrics (group_id, stage, attempt, wall_s) SELECT group_id, stage, 1, 50"
      " FROM done, stages");
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

// The bare library, with as many threads as there may be clients.
[[noreturn]] void serve_constant() {
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(128); };
  server.set_keep_alive_max_count(1000000000);
  server.set_tcp_nodelay(true);
  server.Get("/constant", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(200, 'x'), "text/plain");
  });
  _exit(server.listen("127.0.0.1", kConstantPort) ? 0 : 1);
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

int connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  close(socket);
  return -1;
}

void keep(Times& times, const std::map<std::string, std::vector<double>>& own) {
  const std::lock_guard<std::mutex> lock(times.mutex);
  for (const auto& [kind, list] : own)
    times.by_kind_ms[kind].insert(times.by_kind_ms[kind].end(), list.begin(), list.end());
}

// Asks one path again and again, `pause_s` apart.
void ask_one(int port, const std::string& kind, const std::string& path, double pause_s,
             Clock::time_point end, Times& times) {
  const int socket = connected(port);
  std::string buffer;
  std::map<std::string, std::vector<double>> own;
  while (Clock::now() < end) {
    const Clock::time_point began = Clock::now();
    if (ask(socket, path, buffer) != 200) {
      ++times.errors;
      break;
    }
    own[kind].push_back(1000 * seconds_since(began));
    if (pause_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
  }
  close(socket);
  keep(times, own);
}

void client(unsigned seed, Clock::time_point end, Times& times) {
  std::mt19937 random(seed);
  const int socket = connected(kPort);
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
  keep(times, own);
}

// Its own: the index of the write-ahead log, mapped from the disk, is as long as the workers make it.
double memory_mb(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("RssAnon:", 0) == 0) return std::stod(line.substr(9)) / 1024;
  return 0;
}

double percentile(std::vector<double> list, double share) {
  if (list.empty()) return HUGE_VAL;
  std::sort(list.begin(), list.end());
  return list[std::min(list.size() - 1,
                       static_cast<std::size_t>(share * static_cast<double>(list.size())))];
}

void print(const Times& times, double elapsed_s) {
  for (const auto& [kind, list] : times.by_kind_ms)
    std::printf("%-12s %7zu answers, %6.0f/s  p50 %6.2f  p95 %6.2f  p99 %6.2f  most %6.2f ms\n",
                kind.c_str(), list.size(), static_cast<double>(list.size()) / elapsed_s,
                percentile(list, 0.5), percentile(list, 0.95), percentile(list, 0.99),
                percentile(list, 1));
  std::printf("errors: %d\n", times.errors.load());
}

// The server, two workers, and the bare library; killed with this.
class Children {
 public:
  Children(const char* program, const queue::QueueSettings& settings, const std::string& curves) {
    const std::string port = std::to_string(kPort);
    server_ = begin([&] {
      execl(program, program, "--quiet", "--queue-db", settings.path.c_str(), "--lightcurve-db",
            curves.c_str(), "--serve-port", port.c_str(), "--serve-also", "", "--health-port", "0",
            "--rate-limit", "1000000", static_cast<char*>(nullptr));
      _exit(127);
    });
    for (int i = 0; i < kWorkers; ++i) begin([&] { work(settings); });
    begin([] { serve_constant(); });
  }
  ~Children() {
    for (const pid_t child : all_) kill(child, child == server_ ? SIGTERM : SIGKILL);
    for (const pid_t child : all_) waitpid(child, nullptr, 0);
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  pid_t server() const { return server_; }

 private:
  template <typename Run>
  pid_t begin(const Run& run) {
    const pid_t child = fork();
    if (child == 0) run();
    all_.push_back(child);
    return child;
  }
  pid_t server_ = 0;
  std::vector<pid_t> all_;
};

void wait_for(int port) {
  int probe = -1;
  while ((probe = connected(port)) < 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  close(probe);
}

Clock::time_point after(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::int64_t n_ended(queue::Queue& queue) {
  return queue.database().integer("SELECT count(*) FROM job_attempt WHERE outcome = 'done'");
}

int run(const char* program, const std::string& folder, double seconds, unsigned n_client) {
  const std::string queue_db = folder + "/bench-serve.sqlite3", curves = folder + "/curves.sqlite3";
  for (const std::string& path : {queue_db, curves})
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  const queue::QueueSettings settings = make_queue(queue_db);
  make_curves(curves);
  const Children children(program, settings, curves);
  wait_for(kPort);
  wait_for(kConstantPort);
  queue::Queue queue(settings);
  Times times, constant;
  std::vector<std::thread> threads;
  std::int64_t written = -n_ended(queue);
  const Clock::time_point began = Clock::now(), end = after(seconds);
  for (unsigned i = 0; i < n_client; ++i) threads.emplace_back([&, i] { client(i, end, times); });
  threads.emplace_back([&] { ask_one(kPort, "metrics", "/metrics", kScrape_s, end, times); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 3));
  const double early_mb = memory_mb(children.server());
  for (std::thread& thread : threads) thread.join();
  const double elapsed_s = seconds_since(began), late_mb = memory_mb(children.server());
  written += n_ended(queue);
  print(times, elapsed_s);
  std::printf("two workers: %.0f jobs claimed and ended a second\n",
              static_cast<double>(written) / elapsed_s);
  std::printf("memory after a third: %.0f MB, at the end: %.0f MB\n", early_mb, late_mb);
  threads.clear();
  const Clock::time_point again = Clock::now(), last = after(seconds / 3);
  for (unsigned i = 0; i < n_client; ++i)
    threads.emplace_back(
        [&] { ask_one(kConstantPort, "constant", "/constant", 0, last, constant); });
  for (std::thread& thread : threads) thread.join();
  print(constant, seconds_since(again));
  const double bare_ms = percentile(constant.by_kind_ms["constant"], 0.95);
  bool bad = times.errors > 0 || constant.errors > 0 || written <= 0;
  bad = bad || !(late_mb <= kLimitGrowth * early_mb);
  for (const char* kind : {"status", "pending", "light curve"}) {
    const double p95_ms = percentile(times.by_kind_ms[kind], 0.95);
    std::printf("%s: p95 is %.1f of the bare library's\n", kind, p95_ms / bare_ms);
    bad = bad || p95_ms > kLimit_ms;
  }
  return bad;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw UsageError("usage: bench-serve SERVER DIR [SECONDS [CLIENTS]]");
  return run(argv[1], argv[2], argc > 3 ? std::stod(argv[3]) : 30,
             argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : 50);
} catch (const std::exception& error) {
  std::cerr << "bench-serve: " << error.what() << '\n';
  return 1;
}
