// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/report.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/byte_text.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/filesystem.h"
#include "base/progress.h"
#include "subband/name.h"

namespace contimg::convert {
namespace {

constexpr double kSlow_s = 270;  // 4.5 minutes, the documented threshold

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : boost::filesystem::absolute(path).lexically_normal().string();
}

std::string join(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (const std::size_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

}  // namespace

Settings settings_from(const contimg::Settings& settings, const Settings& start) {
  Settings result = start;
  result.output_dir = absolute(required_path(settings, &contimg::Settings::output_dir));
  result.scratch_dir = absolute(settings.scratch_dir);
  result.checkpoint_dir = absolute(settings.checkpoint_dir);
  if (result.scratch_dir.empty() && settings.stage_to_tmpfs && !settings.tmpfs_dir.empty() &&
      filesystem_of(result.output_dir).kind == Filesystem::Kind::network)
    result.scratch_dir = settings.tmpfs_dir + "/contimg";
  result.stage_inputs = settings.stage_inputs;
  result.stage_workers = static_cast<std::size_t>(settings.stage_workers);
  result.cleanup_temp = settings.cleanup_temp;
  result.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  result.disk_floor_byte = static_cast<std::uint64_t>(settings.disk_floor_gb * kBytesPerGb);
  result.layout.window_per_subband = settings.spectral_windows != 1;
  result.layout.centre_per_integration = settings.phase_centres == PhaseCentres::per_integration;
  result.layout.keep_autocorrelations = settings.keep_autocorrelations;
  const auto source = settings.sources.find("group.expected_subbands");
  if (source != settings.sources.end() && source->second != "default")
    result.layout.expected_subbands = static_cast<std::size_t>(settings.expected_subbands);
  return result;
}

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {"--queue-db",
                                                   "--output-dir",
                                                   "--scratch-dir",
                                                   "--checkpoint-dir",
                                                   "--expected-subbands",
                                                   "--spectral-windows",
                                                   "--phase-centres",
                                                   "--keep-autocorrelations",
                                                   "--stage-inputs",
                                                   "--stage-workers",
                                                   "--stage-to-tmpfs",
                                                   "--tmpfs-dir",
                                                   "--cleanup-temp",
                                                   "--omp-threads",
                                                   "--earth-orientation",
                                                   "--disk-floor-gb",
                                                   "--max-retries",
                                                   "--in-progress-timeout",
                                                   "--order",
                                                   "--profile",
                                                   "--flag",
                                                   "--strategy",
                                                   "--flag-list"};
  return options;
}

Observer with_progress(const std::string& group_id, const std::function<void()>& check) {
  // Shared because std::function is copied; drawn from the first integration on.
  const auto bar = std::make_shared<std::optional<Progress>>();
  const auto progress = [bar, group_id](std::size_t, std::size_t total) {
    if (!*bar) bar->emplace(group_id, total);
    (*bar)->advance();
  };
  return {progress, check, {}};
}

Group claimed_group(queue::Queue& queue, queue::Claim& claim, Settings& settings) {
  const queue::ConversionInput input =
      queue::conversion_input(queue, claim, settings.checkpoint_dir);
  settings.token = claim.job().claim_token;
  settings.overwrite = settings.overwrite || claim.job().redo;
  settings.layout.expected_subbands = input.expected_subbands;
  return {claim.job().group_id, input.files, input.is_calibrator, input.calibrator};
}

std::optional<Group> next_group(queue::Queue& queue, const std::string& group_id,
                                Settings& settings) {
  const std::optional<std::string> id =
      group_id.empty() ? queue.next(queue::Stage::convert) : std::make_optional(group_id);
  if (!id) return std::nullopt;
  const queue::ConversionInput input = queue::conversion_input(queue, *id);
  settings.layout.expected_subbands = input.expected_subbands;
  return Group{*id, input.files, input.is_calibrator, input.calibrator};
}

std::string group_id_of(const std::vector<std::string>& files) {
  if (files.empty()) throw UsageError("no subband file given, expected at least one after --files");
  std::string earliest;
  for (const std::string& file : files) {
    const auto name = subband::parse_file_name(file);
    if (!name) continue;
    if (name->subband == 0) return name->stamp;
    if (earliest.empty() || name->stamp < earliest) earliest = name->stamp;
  }
  if (!earliest.empty()) return earliest;
  return astro::format_stamp(subband::read_summary(files.front()).first_time_mjd_s);
}

queue::Outcome outcome_of(const Report& report) {
  queue::MeasurementSetRow set;
  set.path = report.ms_path;
  set.start_mjd = report.first_time_mjd_s / kDay_s;
  set.end_mjd = report.last_time_mjd_s / kDay_s;
  set.field_name = report.field_name;
  set.ra_deg = report.phase_centre.ra_rad / astro::kDegree;
  set.dec_deg = report.phase_centre.dec_rad / astro::kDegree;
  const Findings& found = report.findings;
  return queue::conversion_outcome(
      set, {found.load_s, found.phase_s, found.write_s, report.total_s, "direct"},
      static_cast<std::int64_t>(found.bytes_read));
}

namespace {

// What record-metrics reads beside the seconds.
void add_resources(nlohmann::ordered_json& json, const Report& report) {
  const queue::Worker worker = queue::this_worker();
  json["host"] = worker.host;
  if (!worker.slurm_job_id.empty()) json["slurm_job_id"] = worker.slurm_job_id;
  const auto used = outcome_of(report).metrics;
  if (!used) return;
  json["started_at"] = used->started_at_unix_s;
  json["cpu_s"] = used->cpu_s;
  json["max_rss_kb"] = used->max_rss_kb;
  json["bytes_read"] = used->bytes_read;
}

}  // namespace

std::string to_json(const std::string& group_id, const Report& report) {
  const Findings& found = report.findings;
  nlohmann::ordered_json json;
  json["stage"] = "convert";
  json["group_id"] = group_id;
  json["product"] = report.ms_path;
  json["state"] = report.existed ? "existed" : report.planned ? "planned" : "completed";
  json["seconds"] = report.total_s;
  if (report.existed) return json.dump();
  if (!report.planned) {
    json["load_time"] = found.load_s;
    json["phase_time"] = found.phase_s;
    json["write_time"] = found.write_s;
    json["total_time"] = report.total_s;
    add_resources(json, report);
    json["resumed"] = report.resumed;
    json["flagged_percent"] = percent(found.n_flagged, found.n_written);
    json["n_not_finite"] = found.n_not_finite;
    json["n_without_samples"] = found.n_without_samples;
  }
  json["n_row"] = report.n_row;
  json["n_time"] = report.n_time;
  json["n_baseline"] = report.n_baseline;
  json["n_channel"] = report.n_channel;
  json["n_correlation"] = report.n_correlation;
  json["missing_subbands"] = report.missing_subbands;
  json["uvw_discrepancy_m"] = report.uvw_discrepancy_m;
  json["phase_centre_deg"] = {report.phase_centre.ra_rad / astro::kDegree,
                              report.phase_centre.dec_rad / astro::kDegree};
  json["start_mjd"] = report.first_time_mjd_s / kDay_s;
  json["end_mjd"] = report.last_time_mjd_s / kDay_s;
  json["remarks"] = report.remarks;
  return json.dump();
}

void log_report(const std::string& group_id, const Report& report, bool profile) {
  if (report.existed) {
    spdlog::info("Group {}: {} is there already; nothing to do (--overwrite replaces it)", group_id,
                 report.ms_path);
    return;
  }
  for (const std::string& remark : report.remarks) spdlog::warn("Group {}: {}", group_id, remark);
  if (report.planned) {
    spdlog::info("Group {}: would make {}: {} rows, {} channels, {} correlations", group_id,
                 report.ms_path, report.n_row, report.n_channel, report.n_correlation);
    return;
  }
  const Findings& found = report.findings;
  if (found.n_not_finite != 0)
    spdlog::warn("Group {}: {} visibilities were NaN or Inf; they are flagged", group_id,
                 found.n_not_finite);
  if (found.n_without_samples != 0)
    spdlog::warn(
        "Group {}: {} visibilities ({:.1f} %) have nsamples of zero or less; they are flagged",
        group_id, found.n_without_samples, percent(found.n_without_samples, found.n_visibility));
  if (!report.missing_subbands.empty())
    spdlog::warn("Group {}: converted without subbands {}", group_id,
                 join(report.missing_subbands));
  if (profile)
    spdlog::info(
        "Group {}: read {:.2f} s, rotate {:.2f} s, write {:.2f} s of threads' time; {} MB read",
        group_id, found.load_s, found.phase_s, found.write_s, found.bytes_read / 1'000'000);
  spdlog::info("Group {} completed in {:.1f} s", group_id, report.total_s);
  if (report.total_s > kSlow_s)
    spdlog::warn("Group {} took {:.1f} s (exceeds 4.5 min threshold)", group_id, report.total_s);
}

}  // namespace contimg::convert
