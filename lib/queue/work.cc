// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/work.h"

#include <spdlog/spdlog.h>

#include <exception>

#include "base/error.h"
#include "base/last_resort.h"
#include "base/stop.h"

namespace contimg::queue {
namespace {

// The work's own error is what the caller has to see, also when the queue cannot record it: the
// lease then runs out by itself.
void record(const std::function<void()>& how) {
  try {
    how();
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
  }
}

Outcome watched_work(const Queue& queue, Claim& claim, const Work& work) {
  const Heartbeat heartbeat(queue.settings(), claim.job());
  return work(claim, heartbeat);
}

}  // namespace

std::optional<double> waiting_since_unix_s(Database& db, const std::string& group_id, Stage stage,
                                           const std::string& reason) {
  Statement first(db,
                  "SELECT min(ended_at) FROM job_attempt WHERE group_id = ?1 AND stage = ?2"
                  " AND reason = ?3 AND started_at >= (SELECT coalesce(max(ended_at), 0)"
                  " FROM job_attempt WHERE group_id = ?1 AND stage = ?2 AND outcome = 'done')");
  first.bind(1, group_id).bind(2, stage_name(stage)).bind(3, reason);
  if (!first.step() || first.is_null(0)) return std::nullopt;
  return first.real(0);
}

std::optional<Job> work_one(Queue& queue, Stage stage, const WorkOptions& options,
                            const Work& work) {
  std::optional<Claim> claim = options.group_id.empty()
                                   ? queue.claim(stage)
                                   : queue.claim_group(stage, options.group_id, options.force);
  if (!claim) {
    spdlog::info("nothing to do");
    return std::nullopt;
  }
  const Job job = claim->job();
  const LastResort last_resort(
      [&](const std::string& why) { claim->release(why, queue.now_unix_s() + options.wait_s); });
  try {
    claim->finish(watched_work(queue, *claim, work));
    return job;
  } catch (const LeaseLost&) {
    claim->detach();
    throw;
  } catch (const Waits& wait) {
    record([&] { claim->release(wait.reason, wait.not_before_unix_s); });
    spdlog::warn("{}", wait.what());
    return std::nullopt;
  } catch (const DataError& error) {
    record([&] { claim->fail(error.what(), options.log_tail()); });
    throw;
  } catch (const Stopped& error) {
    record([&] { claim->release(error.what()); });
    throw;
  } catch (const TemporaryError& error) {
    record([&] { claim->release(error.what(), queue.now_unix_s() + options.wait_s); });
    throw;
  } catch (const UsageError& error) {
    record([&] { claim->release(error.what()); });
    throw;
  } catch (const std::exception& error) {
    record([&] { claim->retry(error.what(), options.log_tail()); });
    throw;
  }
}

}  // namespace contimg::queue
