// SPDX-License-Identifier: GPL-3.0-or-later
// The figures as Prometheus' text: families dsa110_streaming_*, with their types and help.
#include "metrics/exposition.h"
#include "metrics/figures.h"

namespace contimg::metrics {
namespace {

using Type = Family::Type;

std::string named(const char* name) { return std::string("dsa110_streaming_") + name; }

std::string queue_text(const Figures& figures) {
  Family groups(named("queue"), Type::gauge, "Groups by state.");
  for (const auto& [state, n] : figures.groups)
    groups.add(static_cast<double>(n), {{"state", state}});
  Family jobs(named("jobs"), Type::gauge, "Jobs by stage and state.");
  for (const auto& [key, n] : figures.jobs)
    jobs.add(static_cast<double>(n), {{"stage", key.first}, {"state", key.second}});
  Family paused(named("paused"), Type::gauge, "1 while an operator holds back all claims.");
  paused.add(figures.paused ? 1.0 : 0.0);
  Family held(named("held"), Type::gauge, "1 while nothing is begun, for want of room.");
  held.add(figures.held_reason.empty() ? 0.0 : 1.0);
  Family oldest(named("queue_oldest_pending_seconds"), Type::gauge,
                "Age of the oldest pending group since its last subband.");
  oldest.add(figures.oldest_pending_s);
  Family dead(named("dead_letter"), Type::gauge, "Jobs that were given up and not taken up again.");
  dead.add(static_cast<double>(figures.dead_letters));
  return groups.text() + jobs.text() + paused.text() + held.text() + oldest.text() + dead.text();
}

std::string work_text(const Figures& figures) {
  Family processed(named("groups_processed_total"), Type::counter,
                   "Tries that ended well, by stage.");
  Family failed(named("groups_failed_total"), Type::counter,
                "Tries after which a job was given up, by stage.");
  Family expired(named("lease_expired_total"), Type::counter,
                 "Tries whose worker gave no more sign of life, by stage.");
  for (const auto& [key, n] : figures.attempts) {
    Family* family = key.second == "done"      ? &processed
                     : key.second == "failed"  ? &failed
                     : key.second == "expired" ? &expired
                                               : nullptr;
    if (family != nullptr) family->add(static_cast<double>(n), {{"stage", key.first}});
  }
  Family last(named("last_completed_timestamp"), Type::gauge,
              "When a stage last ended well, unix seconds.");
  for (const auto& [stage, unix_s] : figures.last_done_unix_s) last.add(unix_s, {{"stage", stage}});
  Family running(named("running_seconds"), Type::gauge,
                 "Age of the longest try in work, by stage; 0: none.");
  for (const auto& [stage, each] : figures.running_s) running.add(each, {{"stage", stage}});
  Family seconds(named("processing_seconds"), Type::histogram,
                 "Measured duration of a stage's tries, in seconds.");
  for (const auto& [stage, each] : figures.seconds)
    seconds.add_histogram(kBounds_s, each.counts, each.sum_s, {{"stage", stage}});
  Family latency(named("latency_seconds"), Type::gauge,
                 "From the last subband to the end of a stage: percentiles.");
  for (const auto& [stage, each] : figures.latency)
    latency.add(each.p50_s, {{"stage", stage}, {"quantile", "0.5"}})
        .add(each.p90_s, {{"stage", stage}, {"quantile", "0.9"}})
        .add(each.p99_s, {{"stage", stage}, {"quantile", "0.99"}});
  return processed.text() + failed.text() + expired.text() + last.text() + running.text() +
         seconds.text() + latency.text();
}

std::string gauge(const char* name, const char* help, std::optional<double> value) {
  return Family(named(name), Type::gauge, help).add(value).text();
}

std::string keep_up_text(const Figures& figures) {
  const KeepUp& now = figures.keep_up;
  Family step(named("degradation"), Type::gauge, "1 for the step that is in force.");
  for (const queue::Step each :
       {queue::Step::full, queue::Step::quicklook_first, queue::Step::convert_and_calibrate})
    step.add(each == figures.degradation.step ? 1.0 : 0.0, {{"step", queue::step_name(each)}});
  return gauge("backlog_seconds", "Sky time that waits for a worker.", now.backlog_s) +
         gauge("held_seconds", "Sky time that waits for something else.", now.held_s) +
         gauge("put_off_seconds", "Sky time that was put off under pressure.", now.put_off_s) +
         gauge("arrival_rate", "Sky time that arrives per second.", now.arrival_rate) +
         gauge("throughput", "Sky time done per second.", now.throughput) +
         gauge("capacity", "Sky time done per second with work to do.", now.capacity) +
         gauge("catch_up_seconds", "Until the backlog is gone.", now.catch_up_s) +
         gauge("fall_behind_seconds", "Until a group that comes will be late.", now.fall_behind_s) +
         gauge("pressure", "Predicted latency of a new group over what is allowed.", now.pressure) +
         gauge("late_groups", "Groups of the backlog whose deadline has passed.", now.n_late) +
         gauge("least_slack_seconds", "Least time to a deadline in the backlog.",
               now.least_slack_s) +
         step.text();
}

std::string state_text(const Figures& figures) {
  Family disks(named("disk_free_gb"), Type::gauge, "Free space, in 10^9 bytes.");
  for (const auto& [role, free_gb] : figures.disk_free_gb) disks.add(free_gb, {{"path", role}});
  Family share(named("disk_free_share"), Type::gauge, "Free space over the size of the disk.");
  for (const auto& [role, free] : figures.disk_free_share) share.add(free, {{"path", role}});
  Family growth(named("disk_growth_bytes_per_second"), Type::gauge,
                "Bytes that come a second, over a week, on the disk of a path.");
  Family floor(named("disk_floor_seconds"), Type::gauge,
               "Until a path's disk is at its floor, at the present rate.");
  for (const Disk& disk : figures.disks) {
    for (const std::string& role : disk.roles) {
      growth.add(disk.rate_byte_per_s, {{"path", role}});
      floor.add(disk.floor_in_s, {{"path", role}});
    }
  }
  Family warnings(named("warnings"), Type::gauge, "Warnings that hold, by kind.");
  for (const char* kind : {"queue_depth", "slow_group", "stale_groups", "missing_subbands"}) {
    double n = 0;
    for (const Warning& warning : figures.warnings) n += warning.kind == kind ? 1 : 0;
    warnings.add(n, {{"kind", kind}});
  }
  return disks.text() + share.text() + growth.text() + floor.text() + warnings.text() +
         gauge("calibration_age_seconds", "Since the newest active calibration set was solved.",
               figures.calibration_age_s) +
         gauge("image_rms_jy", "Noise of the newest image, Jy/beam.", figures.image_rms_jy) +
         gauge("flux_ratio", "Flux densities over the catalogue's in the newest image.",
               figures.flux_ratio) +
         gauge("flagged_share", "Share of the newest image's data that is flagged.",
               figures.flagged_share) +
         gauge("last_tick_timestamp", "Last sign of life of a tick, unix seconds.",
               figures.last_tick_unix_s) +
         gauge("last_backup_timestamp", "When the newest backup was written, unix seconds.",
               figures.last_backup_unix_s) +
         gauge("metrics_timestamp_seconds", "When these figures were read, unix seconds.",
               figures.now_unix_s);
}

}  // namespace

std::string prometheus_text(const Figures& figures) {
  return queue_text(figures) + work_text(figures) + keep_up_text(figures) + state_text(figures);
}

}  // namespace contimg::metrics
