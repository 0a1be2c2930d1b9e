// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/heartbeat.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/stop.h"
#include "queue/shared.h"

namespace contimg::queue {

double heartbeat_period_s(double lease_s) { return std::clamp(lease_s / 15, 0.02, 60.0); }

class Heartbeat::Thread {
 public:
  Thread(QueueSettings settings, Job job)
      : settings_(std::move(settings)), job_(std::move(job)), thread_([this] { beat(); }) {}

  ~Thread() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  bool lost() const { return lost_; }
  const Job& job() const { return job_; }

 private:
  void beat() {
    // watch-stage does not take what this thread does for progress of the work.
    pthread_setname_np(pthread_self(), "heartbeat");
    const std::chrono::duration<double> period(heartbeat_period_s(settings_.lease_s));
    auto renewed = std::chrono::steady_clock::now();
    // A lock held for long must not keep the work from learning that its lease ran out.
    settings_.busy_timeout_ms = std::min(settings_.busy_timeout_ms, 5000);
    std::optional<Database> db;
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, period, [this] { return ending_; })) {
      lock.unlock();
      const auto began = std::chrono::steady_clock::now();
      if (renew(db)) renewed = began;
      const std::chrono::duration<double> since = std::chrono::steady_clock::now() - renewed;
      if (since.count() > settings_.lease_s) lost_ = true;
      if (lost_) return;
      lock.lock();
    }
  }

  bool renew(std::optional<Database>& db) {
    try {
      if (!db) db.emplace(open_queue(settings_, false));
      if (renew_lease(*db, job_, settings_.clock_unix_s(), settings_.lease_s)) return true;
      lost_ = true;
    } catch (const Error& error) {
      spdlog::warn("{}: cannot renew the lease: {}", job_.group_id, error.what());
      db.reset();
    }
    return false;
  }

  QueueSettings settings_;
  Job job_;
  std::atomic<bool> lost_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the others
};

Heartbeat::Heartbeat(const QueueSettings& settings, const Job& job)
    : thread_(std::make_unique<Thread>(settings, job)) {}
Heartbeat::~Heartbeat() = default;

bool Heartbeat::lost() const { return thread_->lost(); }

void Heartbeat::check() const {
  check_stop();
  if (!lost()) return;
  throw LeaseLost(thread_->job().group_id +
                  ": the lease was lost (not renewed in time, taken over, reset or deleted), "
                  "expected to hold it; the work is abandoned");
}

}  // namespace contimg::queue
