// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/options.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"

namespace contimg::mosaic {
namespace {

constexpr double kEver_mjd = 1e6;

// Times may be written without their end: 2026-01-25, 2026-01-25T22, 2026-01-25T22:30.
double mjd_of(const std::string& option, const std::string& text, std::size_t least_letters) {
  std::string stamp = text;
  if (!stamp.empty() && stamp.back() == 'Z') stamp.pop_back();
  static const std::string kRest = "0000-00-00T00:00:00";
  if (stamp.size() >= least_letters && stamp.size() < kRest.size() &&
      (stamp.size() == 10 || stamp.size() == 13 || stamp.size() == 16))
    stamp += kRest.substr(stamp.size());
  const auto time_mjd_s = stamp.size() >= least_letters ? astro::parse_stamp(stamp) : std::nullopt;
  if (!time_mjd_s)
    throw UsageError(
        option + ": '" + text + "' is no time, expected UTC such as " +
        std::string("2026-01-25T22:00:00").substr(0, std::max<std::size_t>(least_letters, 10)));
  return *time_mjd_s / kDay_s;
}

int ways_of(const Selection& selection) {
  return (selection.from.empty() && selection.until.empty() ? 0 : 1) +
         (selection.hour.empty() ? 0 : 1) + (selection.night.empty() ? 0 : 1) +
         (selection.last_h ? 1 : 0);
}

}  // namespace

TimeWindow window_of(const Selection& selection, double now_unix_s) {
  const int ways = ways_of(selection);
  if (ways != 1)
    throw UsageError(std::string("make-mosaic: ") + (ways == 0 ? "no" : "more than one") +
                     " choice of tiles, expected images, or one of --from with --until, --hour, "
                     "--night and --last");
  TimeWindow window;
  if (!selection.hour.empty()) {
    window.from_mjd = mjd_of("--hour", selection.hour, 13);
    window.from_mjd = std::floor(window.from_mjd * kHoursPerDay + 1e-6) / kHoursPerDay;
    window.until_mjd = window.from_mjd + 1 / kHoursPerDay;
    window.label_mjd = window.from_mjd;
    window.margin = static_cast<std::size_t>(std::max(0, selection.margin));
  } else if (!selection.night.empty()) {
    window.label_mjd = std::floor(mjd_of("--night", selection.night, 10));
    window.from_mjd = *window.label_mjd + 0.5;
    window.until_mjd = window.from_mjd + 1;
  } else if (selection.last_h) {
    window.until_mjd = kEver_mjd;
    window.from_mjd =
        astro::mjd_s_from_unix_s(now_unix_s) / kDay_s - *selection.last_h / kHoursPerDay;
  } else {
    window.from_mjd = selection.from.empty() ? 0 : mjd_of("--from", selection.from, 10);
    window.until_mjd = selection.until.empty() ? kEver_mjd : mjd_of("--until", selection.until, 10);
    if (!selection.from.empty()) window.label_mjd = window.from_mjd;
    if (window.until_mjd <= window.from_mjd)
      throw UsageError("--until: " + selection.until + " is not after --from " + selection.from +
                       ", expected a later time");
  }
  return window;
}

void check_options(const MosaicOptions& options) {
  if (!options.images.empty() && (ways_of(options.selection) > 0 || options.selection.dec_deg))
    throw UsageError("make-mosaic: both images and a choice from the queue, expected one of them");
  if (options.name.find('/') != std::string::npos || options.name.find('\0') != std::string::npos ||
      (!options.name.empty() && options.name.front() == '.'))
    throw UsageError("--name: '" + options.name +
                     "' is no name of a file, expected one without a slash or a leading dot");
}

PlanSettings plan_settings(const Settings& settings, const MosaicOptions& options) {
  PlanSettings plan;
  plan.tier = settings.tier;
  plan.force_quality = options.force_quality;
  plan.min_members = static_cast<std::size_t>(settings.min_members);
  plan.max_members = static_cast<std::size_t>(settings.max_members);
  if (plan.max_members < plan.min_members)
    throw UsageError("mosaic.max_members: " + std::to_string(plan.max_members) +
                     " is less than mosaic.min_members, expected at least " +
                     std::to_string(plan.min_members));
  plan.strip_tolerance_rad = settings.strip_tolerance_deg * astro::kDegree;
  return plan;
}

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {"--queue-db",
                                                   "--mosaic-dir",
                                                   "--catalogue",
                                                   "--tier",
                                                   "--min-members",
                                                   "--max-members",
                                                   "--strip-tolerance-deg",
                                                   "--mosaic-beam-floor",
                                                   "--flux-ratio-warn",
                                                   "--flux-ratio-fail",
                                                   "--completeness-warn",
                                                   "--completeness-fail",
                                                   "--astrometry-warn-arcsec",
                                                   "--astrometry-fail-arcsec",
                                                   "--disk-floor-gb",
                                                   "--omp-threads",
                                                   "--profile"};
  return options;
}

std::string default_name(double time_mjd, double dec_rad, const std::string& tier) {
  char dec[16];
  // The sum makes 0 of -0.
  std::snprintf(dec, sizeof dec, "%+.1f", std::round(dec_rad / astro::kDegree * 10) / 10 + 0.0);
  return astro::format_stamp(time_mjd * kDay_s + 1e-3) + "_dec" + dec + "_" + tier;
}

}  // namespace contimg::mosaic
