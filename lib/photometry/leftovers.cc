// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/leftovers.h"

#include <algorithm>
#include <cmath>

#include "photometry/bands.h"
#include "photometry/neighbours.h"

namespace contimg::photometry {
namespace {

constexpr int kMostRounds = 16;
constexpr double kShareOfLargest = 0.5;
constexpr double kAloneBeams = 3, kReachBeams = 20;

// Where the parabola through a peak and its neighbours is highest.
double top_of(double before, double peak, double after) {
  const double curvature = before - 2 * peak + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0;
}

fits::Pixel top_of(const Plane& plane, const Peak& peak) {
  const auto x = static_cast<double>(peak.x), y = static_cast<double>(peak.y);
  if (peak.x == 0 || peak.y == 0 || peak.x + 1 == plane.n_x || peak.y + 1 == plane.n_y)
    return {x, y};
  const auto value = [&](std::size_t u, std::size_t v) {
    return static_cast<double>(plane.at(u, v));
  };
  const double dx =
      top_of(value(peak.x - 1, peak.y), value(peak.x, peak.y), value(peak.x + 1, peak.y));
  const double dy =
      top_of(value(peak.x, peak.y - 1), value(peak.x, peak.y), value(peak.x, peak.y + 1));
  return std::isfinite(dx + dy) ? fits::Pixel{x + dx, y + dy} : fits::Pixel{x, y};
}

// Peaks of the residual, none of which has a higher one near.
std::vector<fits::Pixel> highest_peaks(const Plane& residual, const Background& background,
                                       double apart_px, const BlindSettings& settings) {
  std::vector<Peak> peaks;
  for (const Island& island : find_islands(
           residual, background, 1, {settings.seed_sigma, settings.grow_sigma, settings.n_thread}))
    peaks.push_back(island.peaks.front());
  std::vector<fits::Pixel> at;
  for (const Peak& peak : peaks)
    at.push_back({static_cast<double>(peak.x), static_cast<double>(peak.y)});
  const Neighbours neighbours(at, apart_px);
  std::vector<fits::Pixel> result;
  for (std::size_t i = 0; i < peaks.size(); ++i)
    if (neighbours.near(at[i]).front() == i)  // they are in order of their height
      result.push_back(top_of(residual, peaks[i]));
  return result;
}

std::vector<Component> standing_out(const CleanedImage& image, const Background& background,
                                    const NoiseCorrelation& noise, const Ellipse& beam,
                                    const BlindSettings& settings) {
  const std::vector<fits::Pixel> at =
      highest_peaks(image.residual, background, kAloneBeams * beam.major_px, settings);
  ForcedSettings forced;
  forced.n_thread = settings.n_thread;
  const std::vector<Component> none;
  const CleanedImage left(image.residual, image.residual, *image.dirty_beam, none);
  const std::vector<ForcedFlux> fluxes = forced_fluxes(left, background, noise, beam, at, forced);
  double largest = 0;
  for (const ForcedFlux& f : fluxes) largest = std::max(largest, f.flux);
  std::vector<Component> result;
  for (std::size_t i = 0; i < at.size(); ++i)
    if (fluxes[i].state == ForcedState::measured && fluxes[i].flux >= kShareOfLargest * largest &&
        fluxes[i].flux >= settings.grow_sigma * fluxes[i].error)
      result.push_back({at[i].x, at[i].y, fluxes[i].flux});
  return result;
}

// Rows first to last - 1.
void exchange(const std::vector<Component>& sources, const DirtyBeam& dirty, const Ellipse& beam,
              const Plane& plane, std::size_t first, std::size_t last, Finished& finished) {
  const Ellipse::Form form = beam.form();
  const double reach = kReachBeams * beam.major_px;
  std::vector<double> shape;
  for (const Component& source : sources) {
    const auto left = static_cast<std::size_t>(std::max(0.0, std::ceil(source.x - reach)));
    const auto right = static_cast<std::size_t>(
        std::clamp(source.x + reach, 0.0, static_cast<double>(plane.n_x - 1)));
    for (std::size_t y = first; y < last; ++y) {
      const double dy = static_cast<double>(y) - source.y;
      if (std::abs(dy) > reach || right < left) continue;
      dirty.row(static_cast<double>(left) - source.x, dy, right - left + 1, shape);
      for (std::size_t x = left; x <= right; ++x) {
        const std::size_t i = y * plane.n_x + x;
        const double dx = static_cast<double>(x) - source.x;
        const double was = source.flux * shape[x - left];
        finished.residual[i] -= static_cast<float>(was);
        finished.image[i] += static_cast<float>(source.flux * form(dx, dy) - was);
      }
    }
  }
}

}  // namespace

Finished finish_cleaning(const CleanedImage& image, const Background& background,
                         const NoiseCorrelation& noise, const Ellipse& beam,
                         const BlindSettings& settings) {
  const Plane& plane = image.image;
  const std::size_t n = plane.n_x * plane.n_y;
  Finished finished;
  finished.image.assign(plane.pixels, plane.pixels + n);
  finished.components = *image.components;
  finished.residual.assign(image.residual.pixels, image.residual.pixels + n);
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<Component> sources =
        standing_out(finished.view(image), background, noise, beam, settings);
    if (sources.empty()) break;
    for_each_band(plane.n_y, settings.n_thread, [&](std::size_t first, std::size_t last) {
      exchange(sources, *image.dirty_beam, beam, plane, first, last, finished);
    });
    finished.n_source += sources.size();
    for (const Component& source : sources) finished.flux += source.flux;
    finished.components.insert(finished.components.end(), sources.begin(), sources.end());
  }
  return finished;
}

}  // namespace contimg::photometry
