// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "astro/constants.h"
#include "astro/direction.h"
#include "astro/earth_orientation.h"

/// When sources cross the beam of a drift-scan telescope.
namespace contimg::group {

/// Where the telescope is, what it points at, and how its observations follow each other. The
/// defaults are DSA-110's, for when no file says otherwise.
struct Strip {
  astro::Site site{-2.064427799136453, 0.6498455107238486, 1188.0519};
  double apparent_dec_rad = 0;
  double frequency_hz = 1.405e9;
  double dish_diameter_m = 4.65;
  double integration_time_s = 12.884901888;
  int n_time = 24;
  /// Start of the latest observation; the next ones follow each other from there, `period_s` apart.
  /// Nothing: not known.
  std::optional<double> window_start_unix_s;
  double period_s = 24 * 12.884901888;

  double window_s() const { return n_time * integration_time_s; }
};

struct TransitSource {
  std::string name, alias;
  astro::Direction icrs;
  double flux_jy = 0;  ///< At the strip's frequency.
};

/// One source crossing the meridian once.
struct Crossing {
  TransitSource source;
  double transit_unix_s = 0;                  ///< Apparent hour angle 0.
  double dec_offset_rad = 0;                  ///< Its apparent declination minus the strip's.
  double beam = 0;                            ///< Power response at transit, 0 to 1.
  double enters_unix_s = 0;                   ///< The response is above the limit from here
  double leaves_unix_s = 0;                   ///< to here.
  std::optional<double> window_start_unix_s;  ///< Of the observation that will hold the transit.
  int integration = -1;                       ///< In it, from 0; -1: not known, or in a gap.
};

struct TransitLimits {
  double min_beam = 0.5;     ///< Power response at transit,
  double min_flux_jy = 1.0;  ///< and flux density times that.
};

/// Hour angle on either side of the meridian up to which a source is within `radius_rad` of the
/// point of the meridian at `strip_dec_rad`; nothing if it never is; pi if it always is.
/// Source: law of cosines on the sphere.
std::optional<double> half_crossing_rad(double source_dec_rad, double strip_dec_rad,
                                        double radius_rad);

/// Separation at which the power response falls to `response`, within the main lobe; by bisection.
double beam_radius_rad(double response, double frequency_hz, double diameter_m);

/// The first time from `from_unix_s` on when the source's apparent hour angle is 0, to 0.01 s.
/// Notes: apparent, not J2000: precession since then moves a transit by 80 s and more.
double next_transit_unix_s(const astro::Direction& icrs, const astro::Site& site,
                           const astro::EarthOrientation& earth, double from_unix_s);

/// Every transit from `from_unix_s` to `until_unix_s` that meets the limits, in order of time.
std::vector<Crossing> crossings(const std::vector<TransitSource>& sources, const Strip& strip,
                                const astro::EarthOrientation& earth, double from_unix_s,
                                double until_unix_s, const TransitLimits& limits);

/// The built-in primary calibrators, and the sources of a catalogue (its path; empty: none) that can
/// come into the beam of the strip with at least `limits.min_flux_jy`. `name` (not empty) asks for
/// that one alone. Throws skymodel::NameError when there is none of it.
std::vector<TransitSource> transit_sources(const Strip& strip, const std::string& catalogue,
                                           const std::string& name, const TransitLimits& limits);

}  // namespace contimg::group
