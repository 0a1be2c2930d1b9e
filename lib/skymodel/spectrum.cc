// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/spectrum.h"

#include <algorithm>

namespace contimg::skymodel {
namespace {

struct Point {
  double log_frequency, log_flux;
};

std::vector<Point> known_points(const std::vector<BandFlux>& fluxes) {
  std::vector<Point> points;
  for (const BandFlux& band : fluxes)
    if (band.flux_jy > 0 && std::isfinite(band.flux_jy) && band.frequency_hz > 0)
      points.push_back({std::log(band.frequency_hz), std::log(band.flux_jy)});
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.log_frequency < b.log_frequency; });
  return points;
}

FluxDensity along(const Point& from, double index, double log_frequency, FluxBasis basis) {
  return {std::exp(from.log_flux + index * (log_frequency - from.log_frequency)), index, basis};
}

bool same_frequency(const Point& a, const Point& b) {
  return b.log_frequency - a.log_frequency < 1e-9;
}

double slope(const Point& a, const Point& b) {
  return (b.log_flux - a.log_flux) / (b.log_frequency - a.log_frequency);
}

}  // namespace

FluxDensity flux_density(const std::vector<BandFlux>& fluxes, double spectral_index,
                         double frequency_hz) {
  const std::vector<Point> points = known_points(fluxes);
  if (points.empty()) return {};
  const double x = std::log(frequency_hz);
  const Point& nearest =
      *std::min_element(points.begin(), points.end(), [x](const Point& a, const Point& b) {
        return std::abs(a.log_frequency - x) < std::abs(b.log_frequency - x);
      });
  const double distance = std::abs(nearest.log_frequency - x);
  if (std::isfinite(spectral_index) && distance <= std::log(kIndexRatio))
    return along(nearest, spectral_index, x, FluxBasis::catalogue_index);
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    if (points[i].log_frequency <= x && x <= points[i + 1].log_frequency &&
        !same_frequency(points[i], points[i + 1]))
      return along(points[i], slope(points[i], points[i + 1]), x, FluxBasis::interpolated);
  if (distance > std::log(kNearRatio)) {
    FluxDensity none;
    none.basis = FluxBasis::none_near;
    return none;
  }
  const std::size_t n = points.size();
  if (n > 1) {
    const Point& a = x < points[0].log_frequency ? points[0] : points[n - 2];
    const Point& b = x < points[0].log_frequency ? points[1] : points[n - 1];
    if (!same_frequency(a, b)) return along(nearest, slope(a, b), x, FluxBasis::extrapolated);
  }
  return along(nearest, kTypicalIndex, x, FluxBasis::one_band);
}

std::string describe(FluxBasis basis) {
  switch (basis) {
    case FluxBasis::none:
      return "no flux density in the catalogue";
    case FluxBasis::none_near:
      return "no flux density near this frequency";
    case FluxBasis::catalogue_index:
      return "nearest band with the catalogue's spectral index";
    case FluxBasis::interpolated:
      return "between two bands";
    case FluxBasis::extrapolated:
      return "beyond the outermost band, along the slope of the outer two";
    case FluxBasis::one_band:
      return "one band, with a spectral index of -0.7";
  }
  return "";
}

}  // namespace contimg::skymodel
