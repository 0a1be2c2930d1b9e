// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/settings.h"
#include "queue/queue.h"
#include "status/access.h"
#include "status/cache.h"
#include "status/processes.h"
#include "status/rate.h"
#include "status/readers.h"
#include "status/route.h"

namespace contimg::status {

/// Puts settings together with these overrides, as the tool was started. Throws UsageError.
using Resolve = std::function<Settings(const std::vector<Given>& overrides)>;

struct ServiceOptions {
  Settings settings;  ///< As the tool was started with.
  Resolve resolve;
  std::string tokens;            ///< CONTIMG_TOKENS.
  std::size_t most_readers = 6;  ///< Of each database.
  std::function<double()> clock_unix_s = queue::system_clock_unix_s;
  std::function<double()> clock_s;  ///< One that does not go back; empty: the system's.
};

/// Counts of answers, for /metrics. Those that alerts ask for are there from the first, at 0.
struct Traffic {
  std::mutex mutex;
  std::map<int, std::int64_t> by_status = {{200, 0}, {500, 0}, {503, 0}};
  double seconds = 0;
  std::vector<double> counts;  ///< One a bound of kAnswerBounds_s, and one above the last.
};
extern const std::vector<double> kAnswerBounds_s;

/// All that answers: the databases, who may ask, what is remembered. It knows no sockets, so that it
/// can be asked by a test as by the server. For many threads at once.
class Service {
 public:
  /// Throws UsageError for a token file that is not right, or settings without a queue.
  explicit Service(ServiceOptions options);

  /// Answers a request. Never throws: what goes wrong is an answer too.
  ///
  /// In this order: rate of requests, route, who may ask, the values, the answer. `health_only`: of
  /// the port for probes, which has /health, /ready and /metrics.
  Answer answer(const Request& request, bool health_only = false);

  // For the handlers of routes.
  Settings settings();  ///< In force now, with what was changed through this server.
  Pool<Reader>& queue() { return queue_; }
  Pool<lightcurve::Curves>& curves() { return curves_; }
  /// Runs `change` on the queue, one at a time, and forgets what was remembered. Throws Refused 503
  /// while the queue is not there or locked.
  void change(const std::function<void(queue::Queue&)>& change);
  Cache& cache() { return cache_; }
  Processes& processes() { return processes_; }
  Traffic& traffic() { return traffic_; }
  const Resolve& resolve() const { return options_.resolve; }
  double now_unix_s() const { return options_.clock_unix_s(); }
  double clock_s() const { return options_.clock_s(); }
  double started_unix_s() const { return started_unix_s_; }
  /// Settings are read anew at the next look.
  void forget_settings();
  /// Held while the overrides are read, changed and written.
  std::mutex& overrides_mutex() { return overrides_mutex_; }

 private:
  Answer routed(const Request& request, bool health_only);
  Answer preflight(const Request& request);
  Match known_route(const Request& request);

  ServiceOptions options_;
  AccessRules rules_;
  RateLimit rate_;
  Pool<Reader> queue_;
  Pool<lightcurve::Curves> curves_;
  Cache cache_;
  Processes processes_;
  Traffic traffic_;
  const double started_unix_s_;
  std::mutex overrides_mutex_, settings_mutex_, change_mutex_;
  Settings settings_;
  double settings_read_s_ = -1;
};

}  // namespace contimg::status
