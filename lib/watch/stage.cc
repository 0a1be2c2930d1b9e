// SPDX-License-Identifier: GPL-3.0-or-later
#include "watch/stage.h"

#include <spdlog/spdlog.h>

#include "queue/claim.h"
#include "watch/watch_command.h"

namespace contimg::watch {
namespace {

constexpr int kPatience_ms = 10000;  // with a locked queue, while a stage is to be killed

std::vector<queue::Job> claimed_by(queue::Queue& queue, const std::vector<pid_t>& processes,
                                   const StageRequest& request) {
  Statement find(queue.database(),
                 "SELECT id, group_id, stage, attempt, retry_count, claim_token FROM job"
                 " WHERE state = 'claimed' AND host = ?1 AND pid = ?2"
                 " AND ?3 IN ('', group_id) AND ?4 IN ('', stage)");
  find.bind(1, queue.settings().worker.host).bind(3, request.group_id).bind(4, request.stage);
  std::vector<queue::Job> jobs;
  for (const pid_t process : processes) {
    find.bind(2, process);
    while (find.step()) {
      queue::Job job;
      job.id = find.integer(0);
      job.group_id = find.text(1);
      job.stage = queue::stage_from(find.text(2));
      job.attempt = static_cast<int>(find.integer(3));
      job.retry_count = static_cast<int>(find.integer(4));
      job.claim_token = find.integer(5);
      jobs.push_back(job);
    }
    find.reset();
  }
  return jobs;
}

void record_stall(const contimg::Settings& settings, const StageRequest& request,
                  const Stall& stall, const std::string& reason) {
  if (settings.queue_db.empty()) return;
  queue::QueueSettings where = queue::queue_settings(settings);
  where.busy_timeout_ms = kPatience_ms;
  queue::open_queue(where, false);  // an absent queue is an error, not a new one
  queue::Queue queue(where);
  end_attempts(queue, stall.processes, request, reason, stall.last_output);
}

std::string in_minutes(double minutes) {
  char text[32];
  std::snprintf(text, sizeof text, "%g min", minutes);
  return text;
}

}  // namespace

int end_attempts(queue::Queue& queue, const std::vector<pid_t>& processes,
                 const StageRequest& request, const std::string& reason,
                 const std::string& log_tail) {
  int n_ended = 0;
  for (const queue::Job& job : claimed_by(queue, processes, request)) {
    queue::Claim claim = queue.take_up(job);
    try {
      claim.retry(reason, log_tail);
      ++n_ended;
    } catch (const queue::LeaseLost& lost) {
      spdlog::info("{}", lost.what());
    }
  }
  return n_ended;
}

int run_stage(const contimg::Settings& settings, const StageRequest& request) {
  if (request.command.empty())
    throw UsageError("no command given, expected it after --: watch-stage -- COMMAND ARG...");
  const std::string reason = "made no progress for " + in_minutes(settings.stall_min) + ", killed";
  const std::string who = (request.group_id.empty() ? "" : request.group_id + ": ") +
                          (request.stage.empty() ? request.command.front() : request.stage);
  Watched watched;
  watched.command = request.command;
  watched.stall_s = 60 * settings.stall_min;
  watched.on_stall = [&](const Stall& stall) {
    spdlog::error("{} {}", who, reason);
    try {
      record_stall(settings, request, stall, reason);
    } catch (const Error& error) {
      spdlog::error("{} (the stage is killed all the same; its lease will run out)", error.what());
    }
  };
  const Ended ended = watch_command(watched);
  if (!ended.gone)
    spdlog::critical("{}: some process could not be killed, expected it to wait for a broken disk",
                     who);
  return ended.exit_code;
}

}  // namespace contimg::watch
