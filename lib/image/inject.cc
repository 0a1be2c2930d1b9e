// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/inject.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <nlohmann/json.hpp>

#include "astro/epoch.h"
#include "base/error.h"
#include "image/injection_plan.h"
#include "queue/groups.h"

namespace contimg::image {
namespace {

namespace fs = boost::filesystem;

std::string stem_in(const std::string& folder, const std::string& group_id, double mjd_s) {
  return (fs::path(folder) / astro::format_date(astro::parse_stamp(group_id).value_or(mjd_s)) /
          group_id)
      .string();
}

InjectionPlan plan_of(const Settings& settings) {
  InjectionPlan plan;
  plan.n_source = static_cast<std::size_t>(settings.injection_sources);
  plan.min_snr = settings.injection_min_snr;
  plan.max_snr = settings.injection_max_snr;
  plan.seed = settings.injection_seed;
  plan.min_response = settings.pb_cut;
  plan.catalogue = settings.catalogue;
  if (!(plan.min_snr <= plan.max_snr))
    throw UsageError("--injection-min-snr is above --injection-max-snr, expected it below");
  return plan;
}

// What speaks against a science image; empty: nothing.
std::string fault_of(const fits::Image& image) {
  if (image.card_text("SCIENCE") == "F") return "its image is not for science";
  if (image.card_text("QAVERD") == "FAIL") return "its image failed its quality gates";
  return "";
}

// An older image, of which what is said holds still.
bool is_kept(const std::string& image_path, const injection::Record& now, bool& measured) {
  const std::string path = injection::record_path(image_path);
  if (!fs::exists(path)) return false;
  try {
    const injection::Record record = injection::read_record(path);
    measured = record.measured;
    return injection::is_current(record, now) && (measured || fs::exists(image_path));
  } catch (const DataError& error) {
    spdlog::warn("{}", error.what());
    return false;
  }
}

InjectionReport inject(ImageMsSettings imaging, const Settings& settings,
                       const std::string& ms_path, bool overwrite,
                       const std::function<void()>& check) {
  const InjectionPlan plan = plan_of(settings);
  InjectionReport report;
  report.group_id = imaging.group_id;
  const double begin_mjd_s = layout_of(ms_path).description.first_time_mjd_s;
  const std::string science =
      stem_in(imaging.image_dir, imaging.group_id, begin_mjd_s) + "-image.fits";
  injection::Record record = injection::record_of(imaging.group_id, science, plan.seed);
  imaging.image_dir = (fs::path(imaging.image_dir) / "injected").string();
  const std::string image =
      stem_in(imaging.image_dir, imaging.group_id, begin_mjd_s) + "-image.fits";
  bool measured = false;
  if (!overwrite && is_kept(image, record, measured)) {
    report.why_not = measured ? "it is measured already" : "";
    report.image_path = measured ? "" : image;
    return report;
  }
  const ScienceTile tile = read_science_tile(science);
  report.why_not = fault_of(tile.image);
  if (!report.why_not.empty()) return report;
  record.sources = choose_sources(tile, imaging.group_id, plan);
  if (record.sources.empty())
    throw DataError(science + ": has no room for a source, expected some away from others; see " +
                    "its noise and its primary beam");
  imaging.averaging.injected = components_of(record.sources);
  imaging.tier = "injection";
  imaging.maps_of = &tile;
  imaging.plot = false;
  imaging.overwrite = true;
  const ImageReport made =
      image_ms(ms_path, imaging, with_progress(imaging.group_id + ", injection", check));
  // Last, so that where it is new all is; before, an old one is taken for another science image's.
  injection::write_record(injection::record_path(image), record);
  report.image_path = made.image_path();
  report.n_source = record.sources.size();
  report.total_s = made.total_s;
  report.averaging_s = made.average_s;
  report.cleaning_s = made.clean_s;
  return report;
}

InjectionReport told(InjectionReport report) {
  if (report.image_path.empty())
    spdlog::info("{}: no sources are put in: {}", report.group_id, report.why_not);
  else
    spdlog::info("{}: {} with {} known sources, in {:.1f} s", report.group_id, report.image_path,
                 report.n_source, report.total_s);
  return report;
}

}  // namespace

InjectionReport inject_by_hand(const Settings& settings, const ImageOptions& options,
                               const std::string& ms_path, const std::function<void()>& check) {
  ImageMsSettings imaging = image_settings(settings, options);
  imaging.group_id = group_id_of(ms_path);
  return told(inject(imaging, settings, ms_path, options.overwrite, check));
}

InjectionReport inject_group(queue::Queue& queue, const std::string& group_id,
                             const Settings& settings, const ImageOptions& options, bool force,
                             const std::function<void()>& check) {
  InjectionReport report;
  report.group_id = group_id;
  if (!force && !injection::is_due(group_id, settings.injection_every)) {
    report.why_not = "it is not due (injection.every)";
    return told(report);
  }
  const auto group = queue::find_group(queue.database(), group_id);
  if (!group || group->product_path.empty())
    throw DataError(group_id + ": the queue knows no Measurement Set of it, expected one from " +
                    "convert-group");
  ImageMsSettings imaging = image_settings(settings, options);
  imaging.group_id = group_id;
  return told(inject(imaging, settings, group->product_path, options.overwrite, check));
}

std::string to_json(const InjectionReport& report) {
  const nlohmann::ordered_json line = {
      {"stage", "inject"},
      {"group_id", report.group_id},
      {"product", report.image_path},
      {"state", report.image_path.empty() ? "skipped" : "completed"},
      {"reason", report.why_not},
      {"n_source", report.n_source},
      {"seconds", report.total_s},
      {"averaging_s", report.averaging_s},
      {"cleaning_s", report.cleaning_s}};
  return line.dump();
}

}  // namespace contimg::image
