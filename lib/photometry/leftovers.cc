// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/leftovers.h"

#include <algorithm>
#include <cmath>

#include "photometry/bands.h"

namespace contimg::photometry {
namespace {

constexpr int kMostRounds = 8;
constexpr double kShareOfLargest = 0.5;
constexpr double kReachBeams = 20;

struct Left {
  fits::Pixel at;
  double flux;
};

std::vector<Left> standing_out(const CleanedImage& image, const Background& background,
                               const NoiseCorrelation& noise, const Ellipse& beam,
                               const BlindSettings& settings) {
  std::vector<fits::Pixel> at;
  for (const Detection& d : fitted_sources(image, background, noise, beam, settings))
    if (d.fitted) at.push_back({d.x, d.y});
  ForcedSettings forced;
  forced.n_thread = settings.n_thread;
  const std::vector<ForcedFlux> fluxes = forced_fluxes(image, background, noise, beam, at, forced);
  std::vector<Left> result;
  double largest = 0;
  for (const ForcedFlux& f : fluxes) largest = std::max(largest, f.left);
  for (std::size_t i = 0; i < at.size(); ++i)
    if (fluxes[i].state == ForcedState::measured && fluxes[i].left >= kShareOfLargest * largest &&
        fluxes[i].left >= settings.seed_sigma * fluxes[i].error)
      result.push_back({at[i], fluxes[i].left});
  return result;
}

// Rows first to last - 1.
void exchange(const std::vector<Left>& sources, const DirtyBeam& dirty, const Ellipse& beam,
              const Plane& plane, std::size_t first, std::size_t last, Finished& finished) {
  const Ellipse::Form form = beam.form();
  const double reach = kReachBeams * beam.major_px;
  std::vector<double> shape;
  for (const Left& source : sources) {
    const auto left = static_cast<std::size_t>(std::max(0.0, std::ceil(source.at.x - reach)));
    const auto right = static_cast<std::size_t>(
        std::clamp(source.at.x + reach, 0.0, static_cast<double>(plane.n_x - 1)));
    for (std::size_t y = first; y < last; ++y) {
      const double dy = static_cast<double>(y) - source.at.y;
      if (std::abs(dy) > reach || right < left) continue;
      dirty.row(static_cast<double>(left) - source.at.x, dy, right - left + 1, shape);
      for (std::size_t x = left; x <= right; ++x) {
        const std::size_t i = y * plane.n_x + x;
        const double dx = static_cast<double>(x) - source.at.x;
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
  finished.residual.assign(image.residual.pixels, image.residual.pixels + n);
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<Left> sources =
        standing_out(finished.view(image), background, noise, beam, settings);
    if (sources.empty()) break;
    for_each_band(plane.n_y, settings.n_thread, [&](std::size_t first, std::size_t last) {
      exchange(sources, *image.dirty_beam, beam, plane, first, last, finished);
    });
    finished.n_source += sources.size();
    for (const Left& source : sources) finished.flux += source.flux;
  }
  return finished;
}

}  // namespace contimg::photometry
