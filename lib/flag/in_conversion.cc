// SPDX-License-Identifier: GPL-3.0-or-later
#include "flag/in_conversion.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/error.h"
#include "base/stop.h"
#include "flag/report.h"
#include "queue/work.h"

namespace contimg::flag {

std::function<void(const std::string&)> InConversion::hook(const std::function<void()>& check) {
  if (!wanted_) return {};
  return [this, check](const std::string& path) { flag_set(path, check); };
}

std::string InConversion::json_line(const std::string& group_id) const {
  return report_ ? "\n" + to_json(group_id, *report_) : "";
}

void InConversion::flag_set(const std::string& path, const std::function<void()>& check) {
  try {
    report_ = flag_ms(path, settings_, {{}, check});
    // A partial that another process left in the middle of its flags is no repaired set.
    report_->repaired = false;
  } catch (const DataError& error) {
    refused_ = error.what();
    spdlog::error("not flagged: {}", refused_);
  }
}

void InConversion::present(const std::string& ms_path) {
  if (!report_) return;
  report_->ms_path = ms_path;
  draw_or_warn(*report_);
  log_report(*report_, false);
}

void InConversion::record(queue::Queue& queue, const std::string& group_id) {
  const std::vector<queue::Stage>& stages = queue.settings().stages;
  const bool has_job = std::find(stages.begin(), stages.end(), queue::Stage::flag) != stages.end();
  if (!report_ || !has_job) return;
  queue::WorkOptions options;
  options.group_id = group_id;
  try {
    queue::work_one(queue, queue::Stage::flag, options,
                    [&](queue::Claim&, const queue::Heartbeat&) { return outcome_of(*report_); });
  } catch (const Stopped&) {
    throw;
  } catch (const TemporaryError& error) {
    spdlog::warn("{}: flagged, but its flag job is left to flag-ms: {}", group_id, error.what());
  }
}

void InConversion::require() const {
  if (!refused_.empty()) throw DataError("converted, but not flagged: " + refused_);
}

}  // namespace contimg::flag
