// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "astro/constants.h"

namespace contimg::photometry {
namespace {

constexpr double kPixels = 4e5, kMostProducts = 1.5e8;
constexpr float kOutlier = 4;

// Rows in units of their rms, 0 where blank or too far out, and which they are; with `reach` columns
// of nothing on either side.
struct Rows {
  std::vector<float> value, known;
  std::size_t width;
};

Rows normalised_rows(const Plane& plane, const Background& background, std::size_t first,
                     std::size_t n_row, std::size_t reach) {
  Rows rows;
  rows.width = plane.n_x + 2 * reach;
  rows.value.assign(n_row * rows.width, 0);
  rows.known.assign(n_row * rows.width, 0);
  std::vector<float> level(plane.n_x), rms(plane.n_x);
  for (std::size_t r = 0; r < n_row; ++r) {
    background.level_row(first + r, level.data());
    background.rms_row(first + r, rms.data());
    for (std::size_t x = 0; x < plane.n_x; ++x) {
      const float z = (plane.at(x, first + r) - level[x]) / rms[x];
      if (!(std::abs(z) < kOutlier)) continue;
      rows.value[r * rows.width + reach + x] = z;
      rows.known[r * rows.width + reach + x] = 1;
    }
  }
  return rows;
}

// Sixteen sums, so that the compiler may use vectors.
float product(const float* a, const float* b, std::size_t n) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> sums = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += a[i + k] * b[i + k];
  float sum = std::accumulate(sums.begin(), sums.end(), 0.0F);
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

NoiseCorrelation::NoiseCorrelation(const Plane& plane, const Background& background,
                                   std::size_t reach_px)
    : rho_{1} {
  const std::size_t reach = std::min(reach_px, plane.n_y - 1);
  if (!background.known()) return;
  const std::size_t n_dx = 2 * reach + 1, n_lag = n_dx * (reach + 1);
  const double products_a_row = static_cast<double>(n_lag * plane.n_x);
  const auto n_row =
      static_cast<std::size_t>(std::clamp(kPixels / static_cast<double>(plane.n_x), 8.0,
                                          std::max(8.0, kMostProducts / products_a_row)));
  const std::size_t last = plane.n_y - reach;  // rows that have all others below them
  const std::size_t step = std::max<std::size_t>(1, last / n_row);
  std::vector<double> sum(n_lag, 0.0), count(n_lag, 0.0);
  for (std::size_t y = 0; y < last; y += step) {
    const Rows rows = normalised_rows(plane, background, y, reach + 1, reach);
    for (std::size_t lag = 0; lag < n_lag; ++lag) {
      const std::size_t from = reach, to = (lag / n_dx) * rows.width + lag % n_dx;
      sum[lag] += static_cast<double>(product(&rows.value[from], &rows.value[to], plane.n_x));
      count[lag] += static_cast<double>(product(&rows.known[from], &rows.known[to], plane.n_x));
    }
  }
  const double variance = count[reach] > 0 ? sum[reach] / count[reach] : 0;
  if (!(variance > 0.01)) return;  // MAD is 1 where there is noise
  reach_ = static_cast<std::ptrdiff_t>(reach);
  rho_.assign(n_lag, 0.0);
  for (std::size_t lag = 0; lag < n_lag; ++lag)
    if (count[lag] > 0) rho_[lag] = sum[lag] / count[lag] / variance;
}

// Minus the second derivatives at 0, from the nearest neighbours.
Ellipse::Form NoiseCorrelation::curvature() const {
  const auto fall = [&](std::ptrdiff_t dx, std::ptrdiff_t dy) {
    return -2 * std::log(std::clamp(at(dx, dy), 1e-3, 0.9999));
  };
  return {fall(1, 0), 0.25 * (fall(1, 1) - fall(1, -1)), fall(0, 1)};
}

Ellipse NoiseCorrelation::shape() const {
  const Ellipse::Form form = curvature();
  if (reach_ == 0 || !(form.p * form.r > form.q * form.q)) return {};
  return Ellipse::from(form);
}

double NoiseCorrelation::expected_peaks(double snr, double n_pixel) const {
  const Ellipse::Form form = curvature();
  const double determinant = std::max(1e-9, form.p * form.r - form.q * form.q);
  return n_pixel * std::sqrt(determinant) * std::pow(2 * astro::kPi, -1.5) * snr *
         std::exp(-0.5 * snr * snr);
}

}  // namespace contimg::photometry
