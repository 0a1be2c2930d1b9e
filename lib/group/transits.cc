// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/transits.h"

#include <algorithm>
#include <cmath>

#include "astro/epoch.h"
#include "astro/primary_beam.h"
#include "base/stop.h"

namespace contimg::group {
namespace {

using astro::ApparentFrame;
using astro::Direction;

constexpr double kSiderealDay_s = 2 * astro::kPi / astro::kEarthRotationRate;

Direction hour_angle_dec(const Direction& icrs, const astro::Site& site,
                         const astro::EarthOrientation& earth, double time_unix_s) {
  return ApparentFrame(astro::mjd_s_from_unix_s(time_unix_s), site, earth).hour_angle_dec(icrs);
}

/// Until an hour angle is 0 again.
double ahead_s(double hour_angle_rad) {
  const double ahead_rad = std::fmod(-hour_angle_rad, 2 * astro::kPi);
  return (ahead_rad < 0 ? ahead_rad + 2 * astro::kPi : ahead_rad) / astro::kEarthRotationRate;
}

/// Which of the observations that follow the latest one holds the moment, and where in it.
void find_window(const Strip& strip, Crossing& crossing) {
  if (!strip.window_start_unix_s) return;
  const double since_s = crossing.transit_unix_s - *strip.window_start_unix_s;
  const double start_s = std::floor(since_s / strip.period_s) * strip.period_s;
  const int integration = static_cast<int>((since_s - start_s) / strip.integration_time_s);
  crossing.window_start_unix_s = *strip.window_start_unix_s + start_s;
  if (integration < strip.n_time) crossing.integration = integration;
}

}  // namespace

std::optional<double> half_crossing_rad(double source_dec_rad, double strip_dec_rad,
                                        double radius_rad) {
  const double across = std::cos(source_dec_rad) * std::cos(strip_dec_rad);
  const double along = std::sin(source_dec_rad) * std::sin(strip_dec_rad);
  // At a pole the separation is the same at all hour angles.
  if (across < 1e-12)
    return std::abs(source_dec_rad - strip_dec_rad) <= radius_rad
               ? std::optional<double>(astro::kPi)
               : std::nullopt;
  const double cosine = (std::cos(radius_rad) - along) / across;
  if (cosine > 1) return std::nullopt;
  return cosine <= -1 ? astro::kPi : std::acos(cosine);
}

double beam_radius_rad(double response, double frequency_hz, double diameter_m) {
  const double first_null = 1.2197 * astro::kSpeedOfLight / frequency_hz / diameter_m;
  double inside = 0, outside = std::min(first_null, astro::kPi / 2);
  while (outside - inside > 1e-9) {
    const double middle = (inside + outside) / 2;
    (astro::airy_power(middle, frequency_hz, diameter_m) >= response ? inside : outside) = middle;
  }
  return inside;
}

double next_transit_unix_s(const Direction& icrs, const astro::Site& site,
                           const astro::EarthOrientation& earth, double from_unix_s) {
  const double hour_angle_rad = hour_angle_dec(icrs, site, earth, from_unix_s).ra_rad;
  double transit = from_unix_s + ahead_s(hour_angle_rad);
  // Precession and aberration change the hour angle's rate by parts in 1e5: twice is enough.
  for (int i = 0; i < 2; ++i)
    transit -= hour_angle_dec(icrs, site, earth, transit).ra_rad / astro::kEarthRotationRate;
  return transit < from_unix_s - 1e-3
             ? next_transit_unix_s(icrs, site, earth, transit + kSiderealDay_s / 2)
             : transit;
}

std::vector<Crossing> crossings(const std::vector<TransitSource>& sources, const Strip& strip,
                                const astro::EarthOrientation& earth, double from_unix_s,
                                double until_unix_s, const TransitLimits& limits) {
  const double radius_rad =
      beam_radius_rad(limits.min_beam, strip.frequency_hz, strip.dish_diameter_m);
  const ApparentFrame first(astro::mjd_s_from_unix_s(from_unix_s), strip.site, earth);
  // A source that culminates later than that needs no frame of its own: most do, in one group.
  constexpr double kMargin_s = 60;
  std::vector<Crossing> found;
  for (const TransitSource& source : sources) {
    double time = from_unix_s;
    const double hour_angle_rad = first.hour_angle_dec(source.icrs).ra_rad;
    const double early_s = kSiderealDay_s - ahead_s(hour_angle_rad);
    if (time + ahead_s(hour_angle_rad) > until_unix_s + kMargin_s && early_s > kMargin_s) continue;
    while ((time = next_transit_unix_s(source.icrs, strip.site, earth, time)) <= until_unix_s) {
      check_stop();
      Crossing crossing;
      crossing.source = source;
      crossing.transit_unix_s = time;
      const double dec_rad = hour_angle_dec(source.icrs, strip.site, earth, time).dec_rad;
      crossing.dec_offset_rad = dec_rad - strip.apparent_dec_rad;
      crossing.beam = astro::airy_power(std::abs(crossing.dec_offset_rad), strip.frequency_hz,
                                        strip.dish_diameter_m);
      time += kSiderealDay_s / 2;
      const auto half_rad = half_crossing_rad(dec_rad, strip.apparent_dec_rad, radius_rad);
      if (!half_rad || crossing.beam * source.flux_jy < limits.min_flux_jy) continue;
      const double half_s = *half_rad / astro::kEarthRotationRate;
      crossing.enters_unix_s = crossing.transit_unix_s - half_s;
      crossing.leaves_unix_s = crossing.transit_unix_s + half_s;
      find_window(strip, crossing);
      found.push_back(crossing);
    }
  }
  std::sort(found.begin(), found.end(), [](const Crossing& a, const Crossing& b) {
    return a.transit_unix_s < b.transit_unix_s;
  });
  return found;
}

}  // namespace contimg::group
