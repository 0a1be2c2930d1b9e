// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/classify.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "astro/constants.h"
#include "astro/direction.h"
#include "astro/epoch.h"
#include "astro/primary_beam.h"

namespace contimg::group {
namespace {

using astro::ApparentFrame;
using astro::Direction;
using skymodel::PrimaryCalibrator;

constexpr double kUnknownDishRadius_rad = 60 * astro::kArcsec;

double response(double separation_rad, const Pointing& pointing) {
  const double diameter_m = pointing.header.dish_diameter_m;
  if (diameter_m > 0)
    return astro::airy_power(separation_rad, pointing.centre_frequency_hz, diameter_m);
  return separation_rad <= kUnknownDishRadius_rad ? 1 : 0;
}

ApparentFrame frame_at(double time_unix_s, const queue::FileRecord& header,
                       const astro::EarthOrientation& earth) {
  const astro::Site site{header.longitude_rad, header.latitude_rad, header.height_m};
  return ApparentFrame(astro::mjd_s_from_unix_s(time_unix_s), site, earth);
}

CalibratorMatch described(const PrimaryCalibrator& calibrator, const Pointing& pointing) {
  CalibratorMatch match;
  match.name = calibrator.component.name;
  if (!calibrator.aliases.empty()) match.alias = calibrator.aliases.front();
  match.flux_jy = skymodel::flux_density_jy(calibrator.component, pointing.centre_frequency_hz);
  return match;
}

/// When the source culminates, if it does between the edges of the group. The hour angle grows
/// at the sidereal rate, evenly to a microsecond over minutes, so that one step settles it.
std::optional<double> transit_unix_s(const Direction& icrs, const ApparentFrame& mid_frame,
                                     const queue::FileRecord& header) {
  const double half_s = 0.5 * header.integration_time_s;
  const double mid_unix_s = 0.5 * (header.first_time_unix_s + header.last_time_unix_s);
  const double hour_angle_rad = mid_frame.hour_angle_dec(icrs).ra_rad;
  const double transit = mid_unix_s - hour_angle_rad / astro::kEarthRotationRate;
  if (transit < header.first_time_unix_s - half_s || transit > header.last_time_unix_s + half_s)
    return std::nullopt;
  return transit;
}

/// Fills in where in the group the response is largest.
void find_peak(const Direction& icrs, const std::vector<Direction>& meridian_points,
               const Pointing& pointing, CalibratorMatch& match) {
  match.primary_beam = -1;
  for (std::size_t k = 0; k < meridian_points.size(); ++k) {
    const double separation_rad = astro::separation_rad(icrs, meridian_points[k]);
    const double power = response(separation_rad, pointing);
    if (power <= match.primary_beam) continue;
    match.primary_beam = power;
    match.separation_rad = separation_rad;
    match.integration = static_cast<int>(k);
  }
}

std::vector<Direction> meridian_points(const Pointing& pointing,
                                       const astro::EarthOrientation& earth) {
  const queue::FileRecord& header = pointing.header;
  std::vector<Direction> points;
  for (int k = 0; k < header.n_time; ++k) {
    const double time_unix_s = header.first_time_unix_s + k * header.integration_time_s;
    points.push_back(frame_at(time_unix_s, header, earth).meridian_point(header.pointing_dec_rad));
  }
  return points;
}

std::vector<CalibratorMatch> match_drift(const Pointing& pointing,
                                         const std::vector<PrimaryCalibrator>& calibrators,
                                         const astro::EarthOrientation& earth,
                                         const ClassifySettings& settings) {
  const queue::FileRecord& header = pointing.header;
  const double mid_unix_s = 0.5 * (header.first_time_unix_s + header.last_time_unix_s);
  const ApparentFrame mid_frame = frame_at(mid_unix_s, header, earth);
  std::vector<Direction> points;  // made when a source asks for them: most groups have none
  std::vector<CalibratorMatch> matches;
  for (const PrimaryCalibrator& calibrator : calibrators) {
    const Direction icrs = calibrator.component.position;
    CalibratorMatch match = described(calibrator, pointing);
    match.dec_separation_rad = mid_frame.hour_angle_dec(icrs).dec_rad - header.pointing_dec_rad;
    if (std::abs(match.dec_separation_rad) > settings.max_dec_separation_deg * astro::kDegree)
      continue;
    const std::optional<double> transit = transit_unix_s(icrs, mid_frame, header);
    if (!transit) continue;
    match.transit_unix_s = *transit;
    if (points.empty()) points = meridian_points(pointing, earth);
    find_peak(icrs, points, pointing, match);
    if (match.flux_jy * match.primary_beam >= settings.min_flux_jy) matches.push_back(match);
  }
  return matches;
}

std::vector<CalibratorMatch> match_phased(const Pointing& pointing,
                                          const std::vector<PrimaryCalibrator>& calibrators) {
  const queue::FileRecord& header = pointing.header;
  const Direction centre{header.centre_ra_rad.value_or(0), header.pointing_dec_rad};
  std::vector<CalibratorMatch> matches;
  for (const PrimaryCalibrator& calibrator : calibrators) {
    CalibratorMatch match = described(calibrator, pointing);
    find_peak(calibrator.component.position, {centre}, pointing, match);
    // Beyond the first null the response rises again, but never to a half.
    if (match.primary_beam < 0.5) continue;
    match.dec_separation_rad = calibrator.component.position.dec_rad - centre.dec_rad;
    match.transit_unix_s = 0.5 * (header.first_time_unix_s + header.last_time_unix_s);
    matches.push_back(match);
  }
  return matches;
}

}  // namespace

std::vector<CalibratorMatch> match_calibrators(const Pointing& pointing,
                                               const std::vector<PrimaryCalibrator>& calibrators,
                                               const astro::EarthOrientation& earth,
                                               const ClassifySettings& settings) {
  std::vector<CalibratorMatch> matches = pointing.header.drift
                                             ? match_drift(pointing, calibrators, earth, settings)
                                             : match_phased(pointing, calibrators);
  std::sort(matches.begin(), matches.end(), [](const auto& a, const auto& b) {
    return a.flux_jy * a.primary_beam > b.flux_jy * b.primary_beam;
  });
  return matches;
}

std::string calibrators_json(const std::vector<CalibratorMatch>& matches) {
  nlohmann::json list = nlohmann::json::array();
  for (const CalibratorMatch& match : matches)
    list.push_back({{"name", match.name},
                    {"alias", match.alias},
                    {"flux_jy", match.flux_jy},
                    {"primary_beam", match.primary_beam},
                    {"separation_deg", match.separation_rad / astro::kDegree},
                    {"dec_separation_deg", match.dec_separation_rad / astro::kDegree},
                    {"integration", match.integration},
                    {"transit_unix_s", match.transit_unix_s}});
  return list.dump();
}

}  // namespace contimg::group
