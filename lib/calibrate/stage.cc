// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/version.h"
#include "ms/in_place.h"
#include "queue/groups.h"
#include "queue/work.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kWaitsFor = "no_calibration";

Json details_of(const registry::Choice& choice) {
  Json details = {{"set_id", choice.set->id},
                  {"age_h", std::round(choice.age_h * 1000) / 1000},
                  {"in_validity", choice.in_validity},
                  {"why", choice.why}};
  if (!choice.warning.empty()) details["warning"] = choice.warning;
  return details;
}

// Applies the set that was chosen, with a solve of the tile's own unless it is the group's own set.
ScienceReport apply_choice(const std::string& ms_path, const registry::Choice& choice,
                           ScienceSettings settings, bool own) {
  settings.apply.set_name = choice.set->label();
  settings.apply.tables = choice.set->tables;
  settings.apply.details = details_of(choice).dump();
  settings.solve_tile = settings.solve_tile && !own;
  settings.tile.refant = choice.set->refant;
  settings.tile.keep_unsolved = choice.in_validity;
  return calibrate_tile(ms_path, settings);
}

std::string use_quality(const StageReport& report) {
  Json quality = {{"age_h", std::round(report.choice.age_h * 1000) / 1000},
                  {"in_validity", report.choice.in_validity}};
  if (report.science.tile_tried) quality["tile"] = Json::parse(tile_json(report.science.tile));
  return quality.dump();
}

// One run of calibrate_group().
class GroupCalibration {
 public:
  GroupCalibration(queue::Queue& queue, const queue::Job& job, const StageSettings& settings)
      : queue_(queue),
        job_(job),
        settings_(settings),
        registry_(queue.settings(), settings.limits) {
    report_.group_id = job.group_id;
  }

  StageReport run() {
    const Clock::time_point begin = Clock::now();
    find_set();
    if (report_.is_calibrator && settings_.solver) use_own_set();
    if (!report_.choice.set) report_.choice = registry_.choose(registry_.target_of(job_.group_id));
    if (report_.choice.set)
      apply();
    else
      go_without();
    report_.total_s = seconds_since(begin);
    return report_;
  }

 private:
  void check() const {
    if (settings_.science.apply.check) settings_.science.apply.check();
  }

  void find_set() {
    const auto group = queue::find_group(queue_.database(), job_.group_id);
    if (!group || group->product_path.empty())
      throw DataError(job_.group_id + ": the queue knows no Measurement Set of it, expected one " +
                      "from convert-group");
    report_.ms_path = group->product_path;
    { const ms::SetLock puts_in_order_what_was_killed(report_.ms_path); }
    const ms::Reader set(report_.ms_path, ms::Unfinished::accept);
    report_.is_calibrator = set.description().is_calibrator;
  }

  // A try that was killed between the set's activation and its application left an active one.
  std::optional<registry::CalibrationSet> active_own() {
    for (const registry::CalibrationSet& set : registry_.list(registry::SetState::active))
      if (set.name == job_.group_id && set.group_id == job_.group_id) return set;
    return std::nullopt;
  }

  void use_own_set() {
    std::optional<registry::CalibrationSet> own;
    if (!job_.redo) own = active_own();
    if (!own) own = solve_own();
    if (!own) return;
    report_.set_id = own->id;
    if (own->state != registry::SetState::active) {
      report_.solve_failure = own->verdict;
      return;
    }
    report_.choice.set = own;
    report_.choice.in_validity = true;
    report_.choice.why = own->label() + ": its own";
  }

  std::optional<registry::CalibrationSet> solve_own() {
    check();
    try {
      const std::string stem = registry_.table_stem(settings_.caltable_dir, job_.group_id);
      Solved solved = settings_.solver(report_.ms_path, stem);
      solved.set.name = solved.set.group_id = job_.group_id;
      solved.set.ms_path = report_.ms_path;
      if (solved.set.software_version.empty()) solved.set.software_version = kVersion;
      report_.plots = solved.plots;
      check();
      const std::int64_t id = registry_.add_candidate(solved.set);
      return registry_.judge(id, registry::judge(solved.figures, settings_.limits.gates));
    } catch (const DataError& error) {
      report_.solve_failure = error.what();
      return std::nullopt;
    }
  }

  void apply() {
    const bool own = report_.choice.set->group_id == job_.group_id;
    ScienceSettings science = settings_.science;
    science.apply.force = science.apply.force || job_.redo;
    science.tile_table = (fs::path(settings_.caltable_dir) / (job_.group_id + ".tile.G")).string();
    report_.science = apply_choice(report_.ms_path, report_.choice, science, own);
    report_.calibrated = true;
    check();
    registry_.record_use(
        {job_.group_id, report_.choice.set->id, report_.ms_path, use_quality(report_), true, 0});
  }

  void go_without() {
    const double now = queue_.now_unix_s();
    const double since = queue::waiting_since_unix_s(queue_.database(), job_.group_id,
                                                     queue::Stage::calibrate, kWaitsFor)
                             .value_or(now);
    const double deadline = since + settings_.max_wait_h * kHour_s;
    const std::string why =
        report_.choice.why +
        (report_.solve_failure.empty() ? "" : "; its own solve: " + report_.solve_failure);
    if (now < deadline)
      throw queue::Waits(kWaitsFor, job_.group_id + ": waits for a calibration set: " + why,
                         std::min(deadline, now + settings_.look_again_h * kHour_s));
    if (!settings_.allow_uncalibrated)
      throw DataError(job_.group_id + ": waited " +
                      std::to_string(static_cast<int>((now - since) / kHour_s)) +
                      " h for a calibration set, expected one by now (" + why +
                      "); activate one and give the group back with 'manage-queue retry', or use "
                      "--no-calibration uncalibrated");
    mark_uncalibrated(report_.ms_path, why, settings_.science.apply.command_line);
    registry_.record_use({job_.group_id, 0, report_.ms_path, "uncalibrated: " + why, false, 0});
  }

  queue::Queue& queue_;
  const queue::Job& job_;
  const StageSettings& settings_;
  registry::Registry registry_;
  StageReport report_;
};

registry::Target target_of(const std::string& ms_path, const ms::Description& set) {
  const double middle_mjd_s = (set.first_time_mjd_s + set.last_time_mjd_s) / 2;
  registry::Target target;
  target.mjd = middle_mjd_s / kDay_s;
  target.dec_deg = ms::pointing_at(set, middle_mjd_s).dec_rad / astro::kDegree;
  target.group_id = ms_path;
  const ms::SpectralWindow &low = set.spectral_windows.front(), &high = set.spectral_windows.back();
  target.low_edge_hz = low.frequency_hz.front() - low.width_hz.front() / 2;
  target.high_edge_hz = high.frequency_hz.back() + high.width_hz.back() / 2;
  return target;
}

}  // namespace

StageReport calibrate_group(queue::Queue& queue, const queue::Job& job,
                            const StageSettings& settings) {
  return GroupCalibration(queue, job, settings).run();
}

StageReport calibrate_by_hand(const std::string& ms_path, const ScienceSettings& settings) {
  const Clock::time_point begin = Clock::now();
  StageReport report;
  report.ms_path = ms_path;
  report.choice.in_validity = true;  // as far as anybody knows
  report.science = calibrate_tile(ms_path, settings);
  report.calibrated = true;
  report.total_s = seconds_since(begin);
  return report;
}

StageReport calibrate_by_lookup(registry::Registry& registry, const std::string& ms_path,
                                const ScienceSettings& settings) {
  const Clock::time_point begin = Clock::now();
  StageReport report;
  report.ms_path = ms_path;
  { const ms::SetLock puts_in_order_what_was_killed(ms_path); }
  const ms::Reader set(ms_path, ms::Unfinished::accept);
  report.group_id = set.keyword("CONTIMG_GROUP_ID");
  report.choice = registry.choose(target_of(ms_path, set.description()));
  if (!report.choice.set)
    throw DataError(ms_path + ": " + report.choice.why + "; solve a calibrator, or name tables " +
                    "with --gaintable");
  const bool own = report.choice.set->group_id == report.group_id && !report.group_id.empty();
  report.science = apply_choice(ms_path, report.choice, settings, own);
  report.calibrated = true;
  if (queue::find_group(registry.database(), report.group_id))
    registry.record_use(
        {report.group_id, report.choice.set->id, ms_path, use_quality(report), true, 0});
  report.total_s = seconds_since(begin);
  return report;
}

}  // namespace contimg::calibrate
