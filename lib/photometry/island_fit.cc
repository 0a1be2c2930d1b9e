// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/island_fit.h"

#include <algorithm>
#include <cmath>

namespace contimg::photometry {
namespace {

constexpr double kOnePeakBeams = 0.6;
constexpr std::size_t kMostPeaks = 8, kMostFree = 3, kMostFreePixels = 20000;
constexpr double kPointWindowBeams = 0.75, kFreeWindowBeams = 1.0;
constexpr double kPointMayMoveBeams = 0.75;
// A source is larger than the beam when its width is so by 3 sigma and by more than cleaning and
// gridding leave.
constexpr double kLargerSigma = 3, kLargerShare = 0.05;
constexpr double kMostBeams = 20;  // no fit is believed that is wider

}  // namespace

IslandFit::IslandFit(const Plane& plane, const Background& background,
                     const NoiseCorrelation& noise, const Ellipse& beam)
    : plane_(plane), background_(background), beam_(beam), form_(beam.form()) {
  smoothing_ = noise.shape();
  smoothing_.major_px /= std::sqrt(2.0);
  smoothing_.minor_px /= std::sqrt(2.0);
}

std::vector<Peak> IslandFit::starts(const Island& island) const {
  const double least = std::log(gaussian_level(kOnePeakBeams));
  std::vector<Peak> kept;
  for (const Peak& peak : island.peaks) {
    const bool apart = std::all_of(kept.begin(), kept.end(), [&](const Peak& other) {
      return form_.exponent(static_cast<double>(peak.x) - static_cast<double>(other.x),
                            static_cast<double>(peak.y) - static_cast<double>(other.y)) < least;
    });
    if (apart) kept.push_back(peak);
  }
  return kept;
}

// The pixels within so many beams of a peak, and those of `more`.
std::vector<FitSample> IslandFit::around(const std::vector<Peak>& peaks, double beams,
                                         const std::vector<std::size_t>& more) const {
  std::vector<std::size_t> pixels = more;
  const double level = gaussian_level(beams), least = std::log(level);
  const auto half_x = static_cast<std::size_t>(beam_.half_width_px(level));
  const auto half_y = static_cast<std::size_t>(beam_.half_height_px(level));
  for (const Peak& peak : peaks)
    for (std::size_t y = peak.y - std::min(peak.y, half_y);
         y < std::min(plane_.n_y, peak.y + half_y + 1); ++y)
      for (std::size_t x = peak.x - std::min(peak.x, half_x);
           x < std::min(plane_.n_x, peak.x + half_x + 1); ++x)
        if (form_.exponent(static_cast<double>(x) - static_cast<double>(peak.x),
                           static_cast<double>(y) - static_cast<double>(peak.y)) >= least)
          pixels.push_back(y * plane_.n_x + x);
  std::sort(pixels.begin(), pixels.end());
  pixels.erase(std::unique(pixels.begin(), pixels.end()), pixels.end());
  std::vector<FitSample> samples;
  for (const std::size_t pixel : pixels) {
    if (!std::isfinite(plane_.pixels[pixel])) continue;
    const std::size_t row = pixel / plane_.n_x;
    const auto x = static_cast<double>(pixel % plane_.n_x), y = static_cast<double>(row);
    const double rms = background_.rms(x, y);
    samples.push_back({x, y, static_cast<double>(plane_.pixels[pixel]) - background_.level(x, y),
                       1 / (rms * rms)});
  }
  return samples;
}

std::vector<Gaussian> IslandFit::start(const std::vector<Peak>& peaks) const {
  std::vector<Gaussian> result;
  for (const Peak& peak : peaks)
    result.push_back({peak.value, static_cast<double>(peak.x), static_cast<double>(peak.y), form_});
  return result;
}

bool IslandFit::stayed(const Gaussian& fitted, const Peak& peak, double beams) const {
  const double exponent = form_.exponent(fitted.x - static_cast<double>(peak.x),
                                         fitted.y - static_cast<double>(peak.y));
  return fitted.height > 0.3 * peak.value && exponent > std::log(gaussian_level(beams));
}

bool IslandFit::larger_than_beam(const Gaussian& fitted, double rms) const {
  const Ellipse shape = Ellipse::from(fitted.form);
  const GaussianErrors error = condon_errors(fitted, smoothing_, rms);
  const auto larger = [](double width, double beam, double sigma) {
    return width - beam > std::max(kLargerSigma * sigma, kLargerShare * beam);
  };
  return larger(shape.major_px, beam_.major_px, error.major_px) ||
         larger(shape.minor_px, beam_.minor_px, error.minor_px);
}

Detection IslandFit::point(const Gaussian& fitted, const Peak& peak, bool good) const {
  Detection d;
  d.fitted = good;
  d.x = good ? fitted.x : static_cast<double>(peak.x);
  d.y = good ? fitted.y : static_cast<double>(peak.y);
  d.rms = background_.rms(d.x, d.y);
  const Gaussian here = {good ? fitted.height : peak.value, d.x, d.y, form_};
  const GaussianErrors error = condon_errors(here, smoothing_, d.rms);
  d.peak = d.total = here.height;
  d.peak_error = d.total_error = error.height;
  const double pixel = good ? 0 : 0.5;
  d.x_error = std::hypot(error.x, pixel);
  d.y_error = std::hypot(error.y, pixel);
  d.shape = beam_;
  d.snr = peak.snr;
  return d;
}

Detection IslandFit::extended(const Gaussian& fitted, const Peak& peak) const {
  Detection d = point(fitted, peak, true);
  const GaussianErrors error = condon_errors(fitted, smoothing_, d.rms);
  d.point = false;
  d.shape = Ellipse::from(fitted.form);
  d.peak_error = error.height;
  d.total = fitted.height * d.shape.area_px() / beam_.area_px();
  d.total_error = d.total * error.total_share;
  d.x_error = error.x;
  d.y_error = error.y;
  d.major_error_px = error.major_px;
  d.minor_error_px = error.minor_px;
  return d;
}

std::vector<Detection> IslandFit::fit(const std::vector<Peak>& peaks, const Island& island) const {
  const GaussianFit points =
      fit_gaussians(around(peaks, kPointWindowBeams, {}), start(peaks), Shapes::fixed);
  std::vector<bool> is_extended(peaks.size(), false);
  GaussianFit free;
  if (peaks.size() <= kMostFree && island.pixels.size() <= kMostFreePixels) {
    free =
        fit_gaussians(around(peaks, kFreeWindowBeams, island.pixels), start(peaks), Shapes::free);
    for (std::size_t i = 0; free.converged && i < peaks.size(); ++i) {
      const Gaussian& g = free.components[i];
      const bool sound = stayed(g, peaks[i], kMostBeams) &&
                         Ellipse::from(g.form).major_px < kMostBeams * beam_.major_px &&
                         plane_.holds(g.x, g.y);
      is_extended[i] = sound && larger_than_beam(g, background_.rms(g.x, g.y));
    }
  }
  std::vector<Detection> result;
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    const bool good =
        points.converged && stayed(points.components[i], peaks[i], kPointMayMoveBeams);
    result.push_back(is_extended[i] ? extended(free.components[i], peaks[i])
                                    : point(points.components[i], peaks[i], good));
    result.back().n_joint = peaks.size();
  }
  return result;
}

std::vector<Detection> IslandFit::detections(const Island& island) const {
  const std::vector<Peak> peaks = starts(island);
  if (peaks.size() <= kMostPeaks) return fit(peaks, island);
  std::vector<Detection> result;
  for (const Peak& peak : peaks) {
    const Gaussian at_peak = start({peak}).front();
    const GaussianFit alone =
        fit_gaussians(around({peak}, kPointWindowBeams, {}), {at_peak}, Shapes::fixed);
    const bool good = alone.converged && stayed(alone.components[0], peak, kPointMayMoveBeams);
    result.push_back(point(alone.components[0], peak, good));
    result.back().n_joint = peaks.size();
  }
  return result;
}

}  // namespace contimg::photometry
