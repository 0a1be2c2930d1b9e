// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/stage.h"

#include <spdlog/spdlog.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "queue/process_metrics.h"
#include "variability/statistics.h"

namespace contimg::lightcurve {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double mjd_of(const std::string& option, const std::string& text) {
  if (text.empty()) return variability::kUnknown;
  const auto time_mjd_s =
      astro::parse_stamp(text.find_first_of("T ") == std::string::npos ? text + "T00:00:00" : text);
  if (!time_mjd_s)
    throw UsageError(option + " is '" + text + "', expected a time like 2026-01-25T22:26:05, UTC");
  return *time_mjd_s / kDay_s;
}

void require_one(const Command& command) {
  const int n = (command.withdraw.empty() ? 0 : 1) + (command.restore.empty() ? 0 : 1) +
                (command.rebaseline ? 1 : 0) + (command.extend_baseline ? 1 : 0);
  if (n > 1)
    throw UsageError(
        "update-lightcurves: several of --withdraw, --restore, --rebaseline and "
        "--extend-baseline, expected one");
  const bool baseline = command.rebaseline || command.extend_baseline;
  if (!baseline && !(command.from.empty() && command.until.empty()))
    throw UsageError(
        "update-lightcurves: --from and --until belong to --rebaseline and --extend-baseline, "
        "expected one of those");
}

}  // namespace

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {
      "--queue-db",       "--measurement-db",  "--lightcurve-db",      "--de-ruiter",
      "--systematic",     "--unnormalised",    "--reference-snr",      "--reference-epochs",
      "--min-references", "--variable-epochs", "--variable-sigma",     "--variable-modulation",
      "--max-retries",    "--order",           "--in-progress-timeout"};
  return options;
}

UpdateSettings settings_from(const contimg::Settings& settings, double min_separation_beams) {
  UpdateSettings result;
  result.measurement_db = required_path(settings, &contimg::Settings::measurement_db);
  result.lightcurve_db = required_path(settings, &contimg::Settings::lightcurve_db);
  result.limits = settings;
  result.min_separation_beams = min_separation_beams;
  return result;
}

std::string run_command(const Command& command, const UpdateSettings& settings, bool json) {
  require_one(command);
  if (command.rebaseline || command.extend_baseline) {
    const BaselineReport report =
        rebaseline(settings, mjd_of("--from", command.from), mjd_of("--until", command.until),
                   command.extend_baseline, command.why);
    spdlog::info(
        "ensemble {}: {} reference sources from {} epochs, {} refused; {} epochs normalised",
        report.version, report.n_source, report.n_epoch, report.n_refused, report.n_normalised);
    return json ? to_json(report) : std::to_string(report.version);
  }
  const EpochReport report = command.withdraw.empty()
                                 ? restore(settings, command.restore)
                                 : withdraw(settings, command.withdraw, command.why);
  log_report(report);
  return line_of(report, json);
}

queue::Outcome outcome_of(const EpochReport& report) {
  queue::Outcome outcome;
  outcome.metrics = queue::process_metrics(report.seconds);
  return outcome;
}

std::string to_json(const EpochReport& report) {
  const bool normal = report.gain_reason.empty();
  Json line = {{"stage", "lightcurve"},
               {"group_id", report.group_id},
               {"state", report.state},
               {"seconds", report.seconds},
               {"epoch_id", report.epoch_id},
               {"n_point", report.n_point},
               {"n_missing", report.n_missing},
               {"n_limit", report.n_limit},
               {"n_new", report.n_new},
               {"n_candidate", report.n_candidate},
               {"gain", normal ? number(report.gain) : Json(nullptr)},
               {"gain_error", normal ? number(report.gain_error) : Json(nullptr)}};
  if (!normal) line["gain_reason"] = report.gain_reason;
  if (!report.reason.empty()) line["reason"] = report.reason;
  return line.dump();
}

std::string to_json(const BaselineReport& report) {
  return Json({{"stage", "lightcurve"},
               {"ensemble", report.version},
               {"n_source", report.n_source},
               {"n_epoch", report.n_epoch},
               {"n_refused", report.n_refused},
               {"n_normalised", report.n_normalised}})
      .dump();
}

std::string line_of(const EpochReport& report, bool json) {
  return json ? to_json(report) : report.group_id;
}

void log_report(const EpochReport& report) {
  if (report.state == "refused" || report.state == "withdrawn") {
    spdlog::info("{}: {}: {}", report.group_id, report.state, report.reason);
    return;
  }
  if (report.state == "unchanged") {
    spdlog::info("{}: unchanged", report.group_id);
    return;
  }
  spdlog::info(
      "{}: {}: {} points of sources, {} of them new; {} missing; {} candidates; in {:.2f} s",
      report.group_id, report.state, report.n_point, report.n_new, report.n_missing,
      report.n_candidate, report.seconds);
  if (report.gain_reason.empty())
    spdlog::info("{}: gain {:.4f} +- {:.4f} of the ensemble's", report.group_id, report.gain,
                 report.gain_error);
  else
    spdlog::info("{}: not normalised: {}", report.group_id, report.gain_reason);
}

}  // namespace contimg::lightcurve
