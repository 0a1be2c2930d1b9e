// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/report.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/version.h"
#include "queue/process_metrics.h"

namespace contimg::image {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value, double step) { return std::round(value / step) * step; }

std::string verdict_name(const ImageReport& report) {
  return quality::grade_name(report.verdict.grade);
}

Json engine_json(const ImageReport& report) {
  Json engine = {
      {"version", report.log.version},       {"major_iterations", report.log.major_iterations},
      {"iterations", report.log.iterations}, {"cleaned_flux_jy", report.cleaned_flux_jy},
      {"stopped", report.log.stopped},       {"seconds", rounded(report.clean_s, 0.001)},
      {"command", report.engine_command}};
  if (!report.redone_because.empty()) engine["redone_because"] = report.redone_because;
  return engine;
}

queue::ImageRow row_of(const ImageReport& report, const ImageProduct& product) {
  queue::ImageRow row;
  row.path = product.path;
  row.ms_path = report.ms_path;
  row.type = product.kind;
  row.pbcor = product.kind == "image_pbcor";
  row.tier = report.tier;
  row.science = report.for_science;
  row.field_name = report.field;
  row.center_ra_deg = report.centre.ra_rad / astro::kDegree;
  row.center_dec_deg = report.centre.dec_rad / astro::kDegree;
  row.imsize_x = row.imsize_y = static_cast<std::int64_t>(report.n_pixel);
  row.cellsize_arcsec = report.pixel_rad / astro::kArcsec;
  row.beam_major_arcsec = report.beam.major_rad / astro::kArcsec;
  row.beam_minor_arcsec = report.beam.minor_rad / astro::kArcsec;
  row.beam_pa_deg = report.beam.position_angle_rad / astro::kDegree;
  row.noise_jy = report.figures.local_rms_jy;
  row.dynamic_range = report.figures.dynamic_range;
  row.freq_ghz = report.frequency_hz / 1e9;
  row.bandwidth_mhz = report.bandwidth_hz / 1e6;
  row.integration_sec = report.duration_s;
  row.mid_mjd = report.start_mjd + report.duration_s / kDay_s / 2;
  row.calibration_set = report.calibration_set;
  row.smearing_max = report.smearing_max;
  row.verdict = verdict_name(report);
  return row;
}

queue::ImageQualityRow quality_of(const ImageReport& report) {
  const QualityFigures& figures = report.figures;
  queue::ImageQualityRow row;
  row.image_path = report.image_path();
  row.verdict = verdict_name(report);
  row.reasons = report.verdict.reasons();
  row.global_rms_jy = figures.global_rms_jy;
  row.local_rms_jy = figures.local_rms_jy;
  row.theoretical_rms_jy = figures.theoretical_rms_jy;
  row.rms_over_strip = figures.rms_over_strip;
  row.peak_jy = figures.peak_jy;
  row.dynamic_range = figures.dynamic_range;
  row.beam_axis_ratio = figures.beam_axis_ratio;
  row.flux_ratio = figures.flux_ratio;
  row.completeness = figures.completeness;
  row.astrometry_arcsec = figures.astrometry_arcsec;
  row.nan_fraction = figures.nan_fraction;
  row.flagged_share = figures.flagged_share;
  row.n_reference = figures.n_reference;
  row.figures = figures.json().dump();
  row.gates = report.verdict.json().dump();
  row.engine = engine_json(report).dump();
  return row;
}

}  // namespace

queue::Outcome outcome_of(const ImageReport& report) {
  queue::Outcome outcome;
  const std::string provenance = Json{
      {"tool", "image-ms " + std::string(kVersion)},
      {"measurement_set", report.ms_path},
      {"calibration_set", report.calibration_set},
      {"tables", report.tables},
      {"tier", report.tier}}.dump();
  queue::ImagesOutcome images;
  for (const ImageProduct& product : report.products) {
    boost::system::error_code ignored;
    const auto size = boost::filesystem::file_size(product.path, ignored);
    outcome.products.push_back({product.path, product.kind,
                                ignored ? 0 : static_cast<std::int64_t>(size), "", provenance});
    if (product.kind == "image" || product.kind == "image_pbcor")
      images.images.push_back(row_of(report, product));
  }
  images.quality = quality_of(report);
  outcome.images = images;
  outcome.metrics = queue::process_metrics(report.total_s, true);
  return outcome;
}

std::string to_json(const ImageReport& report) {
  Json products = Json::object();
  for (const ImageProduct& product : report.products)
    if (product.kind != "plot") products[product.kind] = product.path;
  Json plots = Json::array();
  for (const ImageProduct& product : report.products)
    if (product.kind == "plot") plots.push_back(product.path);
  const Json line = {{"stage", "image"},
                     {"group_id", report.group_id},
                     {"product", report.image_path()},
                     {"state", "completed"},
                     {"seconds", rounded(report.total_s, 0.001)},
                     {"average_time", rounded(report.average_s, 0.001)},
                     {"clean_time", rounded(report.clean_s, 0.001)},
                     {"finish_time", rounded(report.finish_s, 0.001)},
                     {"tier", report.tier},
                     {"science", report.for_science},
                     {"data", to_text(report.origin)},
                     {"calibration_set", report.calibration_set},
                     {"tables", report.tables},
                     {"size", report.n_pixel},
                     {"pixel_arcsec", rounded(report.pixel_rad / astro::kArcsec, 1e-6)},
                     {"beam_arcsec",
                      {rounded(report.beam.major_rad / astro::kArcsec, 1e-4),
                       rounded(report.beam.minor_rad / astro::kArcsec, 1e-4),
                       rounded(report.beam.position_angle_rad / astro::kDegree, 1e-4)}},
                     {"averaging",
                      {{"visibilities", report.n_good},
                       {"averaged", report.n_output},
                       {"sets", report.n_set},
                       {"steady_sources", report.n_steady},
                       {"loss", report.averaging_loss}}},
                     {"smearing_max", report.smearing_max},
                     {"engine", engine_json(report)},
                     {"figures", report.figures.json()},
                     {"verdict", verdict_name(report)},
                     {"reasons", report.verdict.reasons()},
                     {"products", products},
                     {"plots", plots}};
  return line.dump();
}

void log_report(const ImageReport& report, bool profile) {
  const double rms = report.figures.local_rms_jy.value_or(std::nan(""));
  spdlog::info(
      "{}: {} x {} pixels of {:.2f}\", beam {:.1f}\" x {:.1f}\", rms {:.3f} mJy, in {:.1f} s",
      report.image_path(), report.n_pixel, report.n_pixel, report.pixel_rad / astro::kArcsec,
      report.beam.major_rad / astro::kArcsec, report.beam.minor_rad / astro::kArcsec, 1e3 * rms,
      report.total_s);
  if (report.figures.theoretical_rms_jy)
    spdlog::info("  thermal noise {:.3f} mJy by the radiometer equation",
                 1e3 * *report.figures.theoretical_rms_jy);
  if (!report.for_science) spdlog::warn("{}: not for science", report.image_path());
  if (report.verdict.grade == quality::Grade::pass)
    spdlog::info("{}: {}", report.image_path(), report.verdict.text());
  else
    spdlog::warn("{}: {}", report.image_path(), report.verdict.text());
  if (profile)
    spdlog::info(
        "{}: averaging {:.2f} s ({} visibilities to {} in {} sets), cleaning {:.2f} s ({} major "
        "iterations, {} components), the rest {:.2f} s",
        report.image_path(), report.average_s, report.n_good, report.n_output, report.n_set,
        report.clean_s, report.log.major_iterations, report.log.iterations, report.finish_s);
}

}  // namespace contimg::image
