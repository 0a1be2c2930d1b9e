// SPDX-License-Identifier: GPL-3.0-or-later
#include "flag/report.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "queue/groups.h"
#include "queue/process_metrics.h"

namespace contimg::flag {
namespace {

using nlohmann::json;
using rfi::Observation;
using rfi::Statistics;

// Above this share among live antennas an operator should look (docs/tools/flag-ms.md).
constexpr double kWarnShare = 0.20;

double rounded(double share) { return std::round(share * 1e5) / 1e5; }

json shares(const std::vector<double>& values, const std::function<std::string(std::size_t)>& key) {
  json result = json::object();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) result[key(i)] = rounded(values[i]);
  return result;
}

json reason_shares(const Statistics& found) {
  json result = json::object();
  for (std::size_t i = 1; i < rfi::kReasonCount; ++i)
    result[rfi::reason_name(static_cast<rfi::Reason>(i))] = rounded(found.by_reason[i]);
  return result;
}

json totals(const Statistics& found) {
  return {{"raw", rounded(found.raw_share)},
          {"live", rounded(found.live_share)},
          {"lost", rounded(found.lost_share)}};
}

std::vector<std::string> dead_antennas(const Report& report) {
  std::vector<std::string> names;
  for (const std::size_t a : report.statistics.dead.antennas)
    names.push_back(report.observation.antennas[a]);
  return names;
}

}  // namespace

Settings settings_from(const contimg::Settings& settings, const Settings& start) {
  Settings result = start;
  result.strategy = settings.strategy;
  result.flag_list = settings.flag_list;
  result.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  return result;
}

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {"--queue-db",    "--strategy",
                                                   "--flag-list",   "--omp-threads",
                                                   "--max-retries", "--in-progress-timeout",
                                                   "--order",       "--profile"};
  return options;
}

Observer with_progress(const std::string& label, const std::function<void()>& check) {
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  const auto progress = [bar, label](std::size_t done, std::size_t total) {
    if (!*bar) *bar = std::make_unique<Progress>(label, total);
    (*bar)->advance(done - (*bar)->done());
  };
  return {progress, check};
}

std::string claimed_set(queue::Queue& queue, const queue::Claim& claim) {
  const std::string& id = claim.job().group_id;
  const auto group = queue::find_group(queue.database(), id);
  if (!group || group->product_path.empty())
    throw DataError(id +
                    ": the queue knows no Measurement Set of it, expected one from "
                    "convert-group");
  return group->product_path;
}

queue::Outcome outcome_of(const Report& report) {
  const Observation& observation = report.observation;
  const Statistics& found = report.statistics;
  const auto antenna = [&](std::size_t a) { return observation.antennas[a]; };
  const auto number = [](std::size_t i) { return std::to_string(i); };
  const auto baseline = [&](std::size_t b) {
    return antenna(observation.antenna1[b]) + "&" + antenna(observation.antenna2[b]);
  };
  queue::Outcome outcome;
  outcome.flag_shares = {{"total", totals(found).dump()},
                         {"reason", reason_shares(found).dump()},
                         {"antenna", shares(found.by_antenna, antenna).dump()},
                         {"channel", shares(found.by_channel, number).dump()},
                         {"baseline", shares(found.by_baseline, baseline).dump()}};
  if (!report.plot_path.empty()) outcome.products.push_back({report.plot_path, "plot", 0, "", ""});
  outcome.metrics = queue::process_metrics(report.total_s);
  outcome.metrics->cpu_s = report.cpu_s;
  return outcome;
}

std::string to_json(const std::string& group_id, const Report& report) {
  json line = {{"stage", "flag"},
               {"product", report.ms_path},
               {"state", report.repaired ? "repaired" : "completed"},
               {"seconds", report.total_s},
               {"read_time", report.read_s},
               {"find_time", report.find_s},
               {"strategy", report.strategy},
               {"flagged", totals(report.statistics)},
               {"reasons", reason_shares(report.statistics)},
               {"dead_antennas", dead_antennas(report)},
               {"dead_channels", report.statistics.dead.channels}};
  if (!group_id.empty()) line["group_id"] = group_id;
  if (!report.plot_path.empty()) line["plot"] = report.plot_path;
  return line.dump();
}

void log_report(const Report& report, bool profile) {
  const Statistics& found = report.statistics;
  if (report.repaired)
    spdlog::warn("{}: an earlier run was killed while it wrote flags; they are replaced",
                 report.ms_path);
  spdlog::info("{}: {:.2f} % flagged among live antennas, {:.2f} % of everything, in {:.1f} s",
               report.ms_path, 100 * found.live_share, 100 * found.raw_share, report.total_s);
  for (std::size_t i = 1; i < rfi::kReasonCount; ++i)
    if (found.by_reason[i] > 0)
      spdlog::info("  {}: {:.2f} %", rfi::reason_name(static_cast<rfi::Reason>(i)),
                   100 * found.by_reason[i]);
  if (!found.dead.antennas.empty())
    spdlog::warn("{}: dead antennas: {}", report.ms_path, joined(dead_antennas(report)));
  if (!found.dead.channels.empty())
    spdlog::warn("{}: {} dead channels", report.ms_path, found.dead.channels.size());
  if (found.live_share > kWarnShare)
    spdlog::warn("{}: more than {:.0f} % is flagged among live antennas; look at {}",
                 report.ms_path, 100 * kWarnShare, plot_path(report.ms_path));
  if (profile)
    spdlog::info("{}: reading {:.2f} s, looking {:.2f} s of threads' time", report.ms_path,
                 report.read_s, report.find_s);
}

}  // namespace contimg::flag
