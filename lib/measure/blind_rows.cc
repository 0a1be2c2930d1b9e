// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/blind_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tuple>

#include "astro/constants.h"
#include "photometry/blind.h"

namespace contimg::measure {
namespace {

using photometry::Detection;

constexpr double kSameBeams = 0.5, kSameSigma = 3;

// East and north of a place from another, near by.
std::pair<double, double> offset(const astro::Direction& from, const astro::Direction& to) {
  const double turn = std::remainder(to.ra_rad - from.ra_rad, 2 * astro::kPi);
  return {turn * std::cos(to.dec_rad), to.dec_rad - from.dec_rad};
}

Measurement row_of(const Detection& found, const TileImages& images,
                   const MeasureSettings& settings, const astro::Direction& place) {
  Measurement row;
  row.kind = Kind::blind;
  row.name = name_by_place(place);
  row.position = place;
  const double pixel_rad = images.image.wcs.pixel_rad();
  const fits::Beam& beam = *images.image.beam;
  const double floor_rad = settings.place_floor_beams * std::sqrt(beam.major_rad * beam.minor_rad);
  row.ra_error_rad = std::hypot(found.x_error * pixel_rad, floor_rad);
  row.dec_error_rad = std::hypot(found.y_error * pixel_rad, floor_rad);
  const Response response = response_at(images, place);
  row.beam_response = response.beam;
  row.smearing = response.smearing;
  row.flux_jy = found.peak / response.total();
  row.noise_jy = found.peak_error / response.total();
  row.error_jy = std::hypot(row.noise_jy, settings.flux_floor * row.flux_jy);
  row.integrated_jy = found.total / response.total();
  row.snr = found.snr;
  row.local_rms_jy = found.rms;
  row.major_rad = found.shape.major_px * pixel_rad;
  row.minor_rad = found.shape.minor_px * pixel_rad;
  row.position_angle_rad = found.shape.angle_rad;
  if (found.n_joint > 1) row.flags |= kBlended;
  if (!found.point) row.flags |= kExtended;
  if (!found.fitted) row.flags |= kPoorFit;
  if (found.doubtful) row.flags |= kUnreliable;
  if (found.near_bright) row.flags |= kNearBright;
  if (found.touches_blank) row.flags |= kEdge;
  return row;
}

// The nearest forced source that the detection is, or none.
Measurement* source_of(const Measurement& found, std::vector<Measurement>& forced,
                       double beam_rad) {
  Measurement* nearest = nullptr;
  const double reach_rad = std::max(
      kSameBeams * beam_rad, kSameSigma * std::hypot(found.ra_error_rad, found.dec_error_rad));
  double least_rad = reach_rad;
  for (Measurement& source : forced) {
    if (std::abs(source.position.dec_rad - found.position.dec_rad) > reach_rad) continue;
    const double apart_rad = astro::separation_rad(source.position, found.position);
    if (apart_rad > least_rad) continue;
    least_rad = apart_rad;
    nearest = &source;
  }
  return nearest;
}

void tell(const Measurement& found, Measurement& source) {
  std::tie(source.offset_east_rad, source.offset_north_rad) =
      offset(source.position, found.position);
  source.ra_error_rad = found.ra_error_rad;
  source.dec_error_rad = found.dec_error_rad;
  source.integrated_jy = found.integrated_jy;
  source.major_rad = found.major_rad;
  source.minor_rad = found.minor_rad;
  source.position_angle_rad = found.position_angle_rad;
  source.flags |= found.flags & (kExtended | kNearBright);
}

}  // namespace

std::string name_by_place(const astro::Direction& place) {
  // Truncated, in tenths of seconds and in arcseconds, so that nothing rounds up to 60.
  const double turn = std::remainder(place.ra_rad, 2 * astro::kPi);
  const auto tenths =
      static_cast<long>((turn < 0 ? turn + 2 * astro::kPi : turn) / (2 * astro::kPi) * 864'000);
  const auto arcsec = static_cast<long>(std::abs(place.dec_rad) / astro::kPi * 648'000);
  char text[96];
  std::snprintf(text, sizeof text, "J%02ld%02ld%02ld.%ld%c%02ld%02ld%02ld", tenths / 36'000,
                tenths / 600 % 60, tenths / 10 % 60, tenths % 10, place.dec_rad < 0 ? '-' : '+',
                arcsec / 3600, arcsec / 60 % 60, arcsec % 60);
  return text;
}

BlindRows blind_rows(const TileImages& images, const TileNoise& noise,
                     const MeasureSettings& settings, std::vector<Measurement>& forced) {
  const photometry::BlindResult found =
      photometry::find_sources(noise.image(), noise.background(), noise.correlation(), noise.beam(),
                               search_settings(settings));
  BlindRows result;
  for (const Detection& detection : found.detections) {
    const auto place = images.image.wcs.direction_at({detection.x, detection.y});
    if (!place) continue;
    const Measurement row = row_of(detection, images, settings, *place);
    if (!(row.beam_response >= settings.min_beam)) continue;
    Measurement* source = source_of(row, forced, images.image.beam->major_rad);
    if (source != nullptr && !std::isfinite(source->offset_east_rad))
      tell(row, *source);
    else if (source == nullptr)
      result.rows.push_back(row);
  }
  for (const Detection& detection : found.detections)
    if (!detection.doubtful)
      result.reliability = std::min(result.reliability, detection.reliability);
  return result;
}

}  // namespace contimg::measure
