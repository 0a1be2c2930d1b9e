// SPDX-License-Identifier: GPL-3.0-or-later
// What calibrate-ms tells of a set that it calibrated: products and provenance for the queue, JSON, the log.
#include <spdlog/spdlog.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "calibrate/stage.h"
#include "queue/process_metrics.h"

namespace contimg::calibrate {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 1e5) / 1e5; }

// The set, its age and what came of the tile's own solve, for whoever holds a product.
Json provenance_of(const StageReport& report) {
  Json provenance = {{"calibrated", report.calibrated}, {"science", report.calibrated}};
  if (!report.calibrated) {
    provenance["why"] = report.choice.why;
    return provenance;
  }
  provenance["tables"] = report.science.applied.tables;
  if (report.choice.set) {
    provenance["set"] = report.choice.set->label();
    provenance["age_h"] = rounded(report.choice.age_h);
    provenance["in_validity"] = report.choice.in_validity;
  }
  if (report.science.tile_tried) provenance["tile"] = Json::parse(tile_json(report.science.tile));
  return provenance;
}

void log_flags(const ApplyReport& applied) {
  const auto total = static_cast<double>(applied.counts.n_visibility);
  if (total > 0)
    spdlog::info(
        "{}: {:.2f} % flagged before, {:.2f} % with failed solutions, in {:.1f} s", applied.ms_path,
        100 * static_cast<double>(applied.counts.n_flagged_before) / total,
        100 * static_cast<double>(applied.counts.n_flagged_after) / total, applied.total_s);
  const std::string missing = joined(applied.missing_antennas);
  if (!missing.empty())
    spdlog::warn("{}: flagged, as the calibration lacks them: antennas {}", applied.ms_path,
                 missing);
}

void log_tile(const StageReport& report) {
  const TileReport& tile = report.science.tile;
  if (!report.science.tile_tried) return;
  if (tile.outcome == TileOutcome::solved)
    spdlog::info("{}: own solve ({}) on {} sources: {} of {} antennas, median SNR {:.1f}",
                 report.ms_path, tile.kind, tile.n_source, tile.n_solved, tile.n_live,
                 tile.median_snr);
  else
    spdlog::log(report.choice.in_validity ? spdlog::level::info : spdlog::level::warn,
                "{}: own solve {}: {}; the set alone is applied", report.ms_path,
                outcome_name(tile.outcome), tile.reason);
}

}  // namespace

queue::Outcome outcome_of(const StageReport& report) {
  queue::Outcome outcome;
  const std::string provenance = provenance_of(report).dump();
  outcome.products.push_back({report.ms_path, "ms", 0, "", provenance});
  if (!report.science.tile_table.empty())
    outcome.products.push_back({report.science.tile_table, "caltable", 0, "", provenance});
  if (report.choice.set && report.choice.set->id == report.set_id)
    for (const std::string& table : report.choice.set->tables)
      outcome.products.push_back({table, "caltable", 0, "", ""});
  for (const std::string& plot : report.plots)
    outcome.products.push_back({plot, "plot", 0, "", ""});
  outcome.metrics = queue::process_metrics(report.total_s);
  return outcome;
}

std::string to_json(const StageReport& report) {
  const ApplyReport& applied = report.science.applied;
  Json line = {{"stage", "calibrate"},
               {"group_id", report.group_id},
               {"product", report.ms_path},
               {"state", !report.calibrated        ? "uncalibrated"
                         : applied.already_applied ? "unchanged"
                         : applied.repaired        ? "repaired"
                                                   : "completed"},
               {"seconds", report.total_s},
               {"apply_time", applied.total_s},
               {"tile_time", report.science.tile_s}};
  if (report.group_id.empty()) line.erase("group_id");
  line.update(provenance_of(report));
  line["tables"] = applied.tables;
  if (applied.counts.n_visibility > 0) {
    const auto total = static_cast<double>(applied.counts.n_visibility);
    line["flagged_before"] = rounded(static_cast<double>(applied.counts.n_flagged_before) / total);
    line["flagged_after"] = rounded(static_cast<double>(applied.counts.n_flagged_after) / total);
  }
  if (!applied.missing_antennas.empty()) line["missing_antennas"] = applied.missing_antennas;
  if (!report.solve_failure.empty()) line["solve_failure"] = report.solve_failure;
  if (!report.choice.warning.empty()) line["warning"] = report.choice.warning;
  if (!report.plots.empty()) line["plots"] = report.plots;
  return line.dump();
}

void log_report(const StageReport& report, bool profile) {
  const ApplyReport& applied = report.science.applied;
  if (!report.solve_failure.empty())
    spdlog::warn("{}: its own solutions are not used: {}", report.ms_path, report.solve_failure);
  if (!report.choice.warning.empty()) spdlog::warn("{}: {}", report.ms_path, report.choice.warning);
  if (!report.calibrated) {
    spdlog::warn("{}: NOT CALIBRATED, its products are not for science: {}", report.ms_path,
                 report.choice.why);
    return;
  }
  if (applied.repaired)
    spdlog::warn("{}: an earlier run was killed while it wrote; that is done again",
                 report.ms_path);
  if (!report.choice.why.empty()) spdlog::info("{}: {}", report.ms_path, report.choice.why);
  if (applied.already_applied)
    spdlog::info("{}: has this calibration already; nothing is changed", report.ms_path);
  log_tile(report);
  log_flags(applied);
  if (profile)
    spdlog::info("{}: own solve {:.2f} s, reading and calibrating {:.2f} s, writing {:.2f} s",
                 report.ms_path, report.science.tile_s, applied.read_s, applied.write_s);
}

}  // namespace contimg::calibrate
