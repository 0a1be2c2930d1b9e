// SPDX-License-Identifier: GPL-3.0-or-later
// The sources whose transits are listed: primary calibrators, and those of a catalogue near the strip.
#include <algorithm>
#include <cmath>
#include <set>

#include "group/transits.h"
#include "skymodel/catalogue.h"
#include "skymodel/primary_calibrators.h"

namespace contimg::group {
namespace {

using skymodel::Catalogue;
using skymodel::CatalogueSource;
using skymodel::PrimaryCalibrator;

// Apparent declinations differ from ICRS ones by up to 0.0056 degrees a year.
constexpr double kPrecession_rad = 0.6 * astro::kDegree;
constexpr double kSamePlace_rad = 5 * astro::kArcsec;

TransitSource from_primary(const PrimaryCalibrator& primary, double frequency_hz) {
  return {primary.component.name, primary.aliases.empty() ? "" : primary.aliases.front(),
          primary.component.position, skymodel::flux_density_jy(primary.component, frequency_hz)};
}

/// Nothing when its flux density is not known there.
std::optional<TransitSource> from_catalogue(Catalogue& catalogue, const CatalogueSource& source,
                                            double frequency_hz) {
  const auto component = skymodel::component_at(source, frequency_hz);
  if (!component) return std::nullopt;
  const std::vector<std::string> names = catalogue.names(source);
  return TransitSource{source.name, names.size() > 1 ? names[1] : "", source.position,
                       skymodel::flux_density_jy(*component, frequency_hz)};
}

/// Circles that cover all right ascensions within `reach_rad` of a declination.
std::vector<skymodel::Cone> circles(double dec_rad, double reach_rad) {
  skymodel::Cone cone;
  if (std::abs(dec_rad) + reach_rad > astro::kPi / 2 - reach_rad) {
    cone.centre = {0, std::copysign(astro::kPi / 2, dec_rad)};
    cone.radius_rad = astro::kPi / 2 - std::abs(dec_rad) + reach_rad;
    return {cone};
  }
  // Neighbours are at most `reach` apart on the strip, so that a circle of 1.3 times the reach
  // covers its share to both edges (sqrt(1 + 1/4) in the plane).
  const auto n = static_cast<int>(std::ceil(2 * astro::kPi * std::cos(dec_rad) / reach_rad));
  cone.radius_rad = 1.3 * reach_rad;
  std::vector<skymodel::Cone> all;
  for (int i = 0; i < n; ++i) {
    cone.centre = {2 * astro::kPi * i / n, dec_rad};
    all.push_back(cone);
  }
  return all;
}

void add_strip(Catalogue& catalogue, const Strip& strip, const TransitLimits& limits,
               std::vector<TransitSource>& sources) {
  const double reach_rad =
      kPrecession_rad + beam_radius_rad(limits.min_beam, strip.frequency_hz, strip.dish_diameter_m);
  const std::vector<TransitSource> primaries = sources;
  std::set<std::int64_t> seen;
  for (skymodel::Cone cone : circles(strip.apparent_dec_rad, reach_rad)) {
    cone.frequency_hz = strip.frequency_hz;
    cone.minimum_flux_jy = limits.min_flux_jy;
    for (const skymodel::ConeMatch& match : catalogue.cone(cone)) {
      const auto is_here = [&](const TransitSource& other) {
        return astro::separation_rad(other.icrs, match.source.position) < kSamePlace_rad;
      };
      if (!seen.insert(match.source.id).second ||
          std::any_of(primaries.begin(), primaries.end(), is_here))
        continue;
      const auto source = from_catalogue(catalogue, match.source, strip.frequency_hz);
      if (source) sources.push_back(*source);
    }
  }
}

}  // namespace

std::vector<TransitSource> transit_sources(const Strip& strip, const std::string& catalogue,
                                           const std::string& name, const TransitLimits& limits) {
  std::vector<TransitSource> sources;
  if (!name.empty()) {
    if (const auto primary = skymodel::find_primary_calibrator(name))
      return {from_primary(*primary, strip.frequency_hz)};
    if (catalogue.empty())
      throw skymodel::NameError(name +
                                ": not a built-in primary calibrator, expected one, or a "
                                "catalogue that has it (--catalogue)");
    Catalogue list(catalogue);
    const auto source = from_catalogue(list, list.find(name), strip.frequency_hz);
    if (!source)
      throw DataError(name + ": " + catalogue + " does not give its flux density at " +
                      std::to_string(strip.frequency_hz / 1e6) +
                      " MHz, expected a source with one");
    return {*source};
  }
  for (const PrimaryCalibrator& primary : skymodel::primary_calibrators())
    sources.push_back(from_primary(primary, strip.frequency_hz));
  if (!catalogue.empty()) {
    Catalogue list(catalogue);
    add_strip(list, strip, limits, sources);
  }
  return sources;
}

}  // namespace contimg::group
