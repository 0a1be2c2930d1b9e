// SPDX-License-Identifier: GPL-3.0-or-later
// The figures as JSON, for record-metrics --json and the API, with the groups that wait by their deadline.
#include <algorithm>

#include "metrics/figures.h"

namespace contimg::metrics {
namespace {

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json by_stage(const std::map<std::pair<std::string, std::string>, std::int64_t>& counts) {
  Json object = Json::object();
  for (const auto& [key, n] : counts) object[key.first][key.second] = n;
  return object;
}

Json latency_json(const Figures& figures) {
  Json object = Json::object();
  for (const auto& [stage, each] : figures.latency)
    object[stage] = {{"n", each.n},
                     {"p50_s", or_null(each.p50_s)},
                     {"p90_s", or_null(each.p90_s)},
                     {"p99_s", or_null(each.p99_s)}};
  return object;
}

Json keep_up_json(const KeepUp& now) {
  return {{"verdict", verdict_name(now.verdict)},
          {"backlog_s", now.backlog_s},
          {"held_s", now.held_s},
          {"put_off_s", now.put_off_s},
          {"arrival_rate", now.arrival_rate},
          {"throughput", now.throughput},
          {"capacity", or_null(now.capacity)},
          {"allowed_s", now.allowed_s},
          {"pressure", now.pressure},
          {"catch_up_s", or_null(now.catch_up_s)},
          {"fall_behind_s", or_null(now.fall_behind_s)},
          {"late_groups", now.n_late},
          {"least_slack_s", or_null(now.least_slack_s)}};
}

Json waiting_json(const Figures& figures, double allowed_latency, std::size_t limit) {
  std::vector<std::pair<double, const WaitingGroup*>> order;
  for (const WaitingGroup& group : figures.work.waiting)
    order.emplace_back(deadline_unix_s(group, allowed_latency), &group);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (limit > 0 && order.size() > limit) order.resize(limit);
  Json list = Json::array();
  for (const auto& [deadline, group] : order)
    list.push_back({{"group_id", group->group_id},
                    {"stage", queue::stage_name(group->stage)},
                    {"why", why_name(group->why)},
                    {"arrived_unix_s", group->arrived_unix_s},
                    {"arrival_measured", group->arrival_measured},
                    {"duration_s", group->duration_s},
                    {"deadline_unix_s", deadline},
                    {"slack_s", deadline - figures.now_unix_s}});
  return list;
}

Json step_json(const queue::Degradation& in_force) {
  Json step = {{"step", queue::step_name(in_force.step)}, {"reason", in_force.reason}};
  if (in_force.id != 0) step["since_unix_s"] = in_force.since_unix_s;
  return step;
}

}  // namespace

Json to_json(const Figures& figures, double allowed_latency, std::size_t limit) {
  Json warnings = Json::array(), disks = Json::object(), last = Json::object();
  for (const Warning& warning : figures.warnings) warnings.push_back(warning.text);
  Json shares = Json::object();
  for (const auto& [role, free_gb] : figures.disk_free_gb) disks[role] = free_gb;
  for (const auto& [role, share] : figures.disk_free_share) shares[role] = share;
  for (const auto& [stage, unix_s] : figures.last_done_unix_s) last[stage] = unix_s;
  return {{"now_unix_s", figures.now_unix_s},
          {"paused", figures.paused},
          {"held_reason", figures.held_reason},
          {"groups", figures.groups},
          {"jobs", by_stage(figures.jobs)},
          {"tries", by_stage(figures.attempts)},
          {"last_done_unix_s", last},
          {"dead_letters", figures.dead_letters},
          {"oldest_pending_s", or_null(figures.oldest_pending_s)},
          {"calibration_age_s", or_null(figures.calibration_age_s)},
          {"image_rms_jy", or_null(figures.image_rms_jy)},
          {"flux_ratio", or_null(figures.flux_ratio)},
          {"flagged_share", or_null(figures.flagged_share)},
          {"running_s", figures.running_s},
          {"last_tick_unix_s", or_null(figures.last_tick_unix_s)},
          {"last_backup_unix_s", or_null(figures.last_backup_unix_s)},
          {"disk_free_gb", disks},
          {"disk_free_share", shares},
          {"latency", latency_json(figures)},
          {"keep_up", keep_up_json(figures.keep_up)},
          {"degradation", step_json(figures.degradation)},
          {"warnings", warnings},
          {"n_waiting", figures.work.waiting.size()},
          {"waiting", waiting_json(figures, allowed_latency, limit)}};
}

}  // namespace contimg::metrics
