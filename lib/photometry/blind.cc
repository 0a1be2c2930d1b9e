// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/blind.h"

#include <algorithm>
#include <cmath>

#include "photometry/bands.h"
#include "photometry/island_fit.h"
#include "photometry/neighbours.h"

namespace contimg::photometry {
namespace {

// What stands beside a bright source is believed from so many rms on, and when it is so many times
// higher than the deepest hole there.
constexpr double kArtefactSnr = 10, kArtefactMargin = 2;

struct Found {
  fits::Pixel at;
  double peak, snr;
};

std::vector<fits::Pixel> places(const std::vector<Detection>& detections) {
  std::vector<fits::Pixel> result;
  for (const Detection& d : detections) result.push_back({d.x, d.y});
  return result;
}

std::vector<Detection> fit_islands(const std::vector<Island>& islands, const IslandFit& fit,
                                   const BlindSettings& settings) {
  std::vector<std::vector<Detection>> by_island(islands.size());
  for_each_index(islands.size(), settings.n_thread, [&](std::size_t i) {
    if (settings.check) settings.check();
    by_island[i] = fit.detections(islands[i]);
  });
  std::vector<Detection> all;
  for (std::size_t i = 0; i < islands.size(); ++i)
    for (Detection& d : by_island[i]) {
      d.island = i;
      all.push_back(d);
    }
  std::sort(all.begin(), all.end(),
            [](const Detection& a, const Detection& b) { return a.peak > b.peak; });
  return all;
}

void drop_duplicates(std::vector<Detection>& detections, double reach_px) {
  const std::vector<fits::Pixel> at = places(detections);
  const Neighbours neighbours(at, reach_px);
  std::vector<bool> dropped(detections.size(), false);
  for (std::size_t i = 0; i < detections.size(); ++i) {
    if (dropped[i]) continue;
    for (const std::size_t j : neighbours.near(at[i]))
      if (j > i) dropped[j] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < detections.size(); ++i)
    if (!dropped[i]) detections[kept++] = detections[i];
  detections.resize(kept);
}

// A fitted place is where the sum over the beam is highest, not where the source is: with errors
// s_x, s_y of the place the sum is higher by half of chi-squared's two degrees of freedom, in
// units of error^2 / flux, on average.
double without_search_gain(double flux, double error) {
  return flux > error ? flux - error * error / flux : flux;
}

void measure_points(const CleanedImage& image, const Background& background,
                    const NoiseCorrelation& noise, const Ellipse& beam,
                    std::vector<Detection>& detections, std::size_t n_thread) {
  ForcedSettings settings;
  settings.n_thread = n_thread;
  const std::vector<ForcedFlux> fluxes =
      forced_fluxes(image, background, noise, beam, places(detections), settings);
  for (std::size_t i = 0; i < detections.size(); ++i) {
    Detection& d = detections[i];
    d.touches_blank = fluxes[i].touches_blank;
    if (!d.point || fluxes[i].state != ForcedState::measured) continue;
    d.peak = d.total = without_search_gain(fluxes[i].flux, fluxes[i].error);
    d.peak_error = d.total_error = fluxes[i].error;
    d.n_joint = std::max(d.n_joint, fluxes[i].n_joint);
  }
}

// Which of `found` lie near one of the sources and are much fainter.
std::vector<bool> beside_bright(const std::vector<Found>& found, const std::vector<Found>& sources,
                                double reach_px, double ratio) {
  std::vector<fits::Pixel> at;
  std::vector<double> peak;
  for (const Found& source : sources)
    if (source.snr >= ratio) {
      at.push_back(source.at);
      peak.push_back(source.peak);
    }
  const Neighbours bright(at, reach_px);
  std::vector<bool> result;
  for (const Found& one : found) {
    const std::vector<std::size_t> near = bright.near(one.at);
    result.push_back(std::any_of(near.begin(), near.end(),
                                 [&](std::size_t i) { return peak[i] > ratio * one.peak; }));
  }
  return result;
}

// The highest peak of each island of the image upside down, the highest first.
std::vector<Found> negative_peaks(const CleanedImage& image, const Background& background,
                                  const BlindSettings& settings) {
  std::vector<Found> found;
  for (const Island& island :
       find_islands(image.image, background, -1,
                    {settings.seed_sigma, settings.grow_sigma, settings.n_thread})) {
    const Peak& peak = island.peaks.front();
    found.push_back(
        {{static_cast<double>(peak.x), static_cast<double>(peak.y)}, peak.value, peak.snr});
  }
  return found;
}

std::vector<double> snrs_away_from(const std::vector<Found>& sources,
                                   const std::vector<Found>& found, double reach_px, double ratio) {
  const std::vector<bool> beside = beside_bright(found, sources, reach_px, ratio);
  std::vector<double> snrs;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!beside[i]) snrs.push_back(found[i].snr);
  std::sort(snrs.begin(), snrs.end());
  return snrs;
}

// A bright source's artefacts are as high as they are deep, or not much higher: whoever is beside one
// must stand out from the deepest there.
void judge_beside_bright(BlindResult& result, const std::vector<Found>& negative, double reach_px) {
  std::vector<fits::Pixel> at;
  for (const Found& one : negative) at.push_back(one.at);
  const Neighbours neighbours(at, 2 * reach_px);
  for (Detection& d : result.detections) {
    if (!d.near_bright) continue;
    double deepest = 0;
    for (const std::size_t i : neighbours.near({d.x, d.y}))
      deepest = std::max(deepest, negative[i].peak);
    d.doubtful =
        d.snr < kArtefactSnr || d.snr < result.reliable_snr || d.peak < kArtefactMargin * deepest;
    d.reliability = d.doubtful ? 0 : d.reliability;
  }
}

// From the highest SNR down: whoever is above a limit is as reliable as all that are, at least as
// much as those below.
void judge(BlindResult& result, const std::vector<double>& negative, const NoiseCorrelation& noise,
           double n_pixel, double least) {
  std::vector<Detection*> order;
  for (Detection& d : result.detections)
    if (!d.near_bright) order.push_back(&d);
  std::sort(order.begin(), order.end(),
            [](const Detection* a, const Detection* b) { return a->snr > b->snr; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double snr = order[i]->snr;
    const auto n_negative = static_cast<double>(
        negative.end() - std::lower_bound(negative.begin(), negative.end(), snr));
    const double n_false = std::max(n_negative, noise.expected_peaks(snr, n_pixel));
    order[i]->reliability = std::clamp(1 - n_false / static_cast<double>(i + 1), 0.0, 1.0);
  }
  for (std::size_t i = order.size(); i-- > 1;)
    order[i - 1]->reliability = std::max(order[i - 1]->reliability, order[i]->reliability);
  result.reliable_snr = 0;
  for (Detection* d : order) {
    d->doubtful = d->reliability < least;
    if (!d->doubtful) result.reliable_snr = d->snr;
  }
}

double count_known(const Plane& plane, std::size_t n_thread) {
  std::atomic<std::size_t> n{0};
  for_each_band(plane.n_y, n_thread, [&](std::size_t first, std::size_t last) {
    n += static_cast<std::size_t>(std::count_if(plane.pixels + first * plane.n_x,
                                                plane.pixels + last * plane.n_x,
                                                [](float v) { return std::isfinite(v); }));
  });
  return static_cast<double>(n);
}

}  // namespace

std::vector<Detection> fitted_sources(const CleanedImage& image, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const BlindSettings& settings, std::size_t* n_island) {
  const std::vector<Island> islands = find_islands(
      image.image, background, 1, {settings.seed_sigma, settings.grow_sigma, settings.n_thread});
  if (n_island != nullptr) *n_island = islands.size();
  const IslandFit fit(image.image, background, noise, beam);
  std::vector<Detection> detections = fit_islands(islands, fit, settings);
  drop_duplicates(detections, settings.duplicate_beams * beam.major_px);
  return detections;
}

BlindResult find_sources(const CleanedImage& image, const Background& background,
                         const NoiseCorrelation& noise, const Ellipse& beam,
                         const BlindSettings& settings) {
  BlindResult result;
  result.detections = fitted_sources(image, background, noise, beam, settings, &result.n_island);
  measure_points(image, background, noise, beam, result.detections, settings.n_thread);

  std::vector<Found> found;
  for (const Detection& d : result.detections) found.push_back({{d.x, d.y}, d.peak, d.snr});
  const double reach_px = settings.artefact_beams * beam.major_px;
  const std::vector<bool> beside = beside_bright(found, found, reach_px, settings.artefact_ratio);
  for (std::size_t i = 0; i < found.size(); ++i) result.detections[i].near_bright = beside[i];

  const std::vector<Found> below = negative_peaks(image, background, settings);
  const std::vector<double> negative =
      snrs_away_from(found, below, reach_px, settings.artefact_ratio);
  result.n_negative = negative.size();
  const double n_pixel = count_known(image.image, settings.n_thread);
  result.expected_false = noise.expected_peaks(settings.seed_sigma, n_pixel);
  judge(result, negative, noise, n_pixel, settings.least_reliability);
  judge_beside_bright(result, below, reach_px);
  return result;
}

}  // namespace contimg::photometry
