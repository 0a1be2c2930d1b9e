// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "photometry/plane.h"

/// Images with known truth: noise correlated as is asked for, and sources of the beam's shape.
namespace contimg::photometry::simulated {

struct Source {
  double x, y, peak;
};

struct Sky {
  std::size_t n_x, n_y;
  std::vector<float> pixels;
  Plane plane() const { return {pixels.data(), n_x, n_y}; }
};

inline std::vector<double> kernel(double sigma_px) {
  const auto half = static_cast<std::ptrdiff_t>(std::ceil(5 * sigma_px));
  std::vector<double> values;
  double square = 0;
  for (std::ptrdiff_t i = -half; i <= half; ++i) {
    values.push_back(std::exp(-0.5 * static_cast<double>(i * i) / (sigma_px * sigma_px)));
    square += values.back() * values.back();
  }
  for (double& v : values) v /= std::sqrt(square);  // the noise keeps its rms
  return values;
}

/// White noise of rms 1, smoothed with a Gaussian of these widths (full, along x and y): its
/// correlation is sqrt 2 wider.
inline Sky noise(std::size_t n_x, std::size_t n_y, double width_x, double width_y,
                 std::uint64_t seed) {
  const double to_sigma = 1 / std::sqrt(8 * std::log(2.0));
  const std::vector<double> kx = kernel(width_x * to_sigma), ky = kernel(width_y * to_sigma);
  const std::size_t wide = n_x + kx.size() - 1, high = n_y + ky.size() - 1;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> rows(n_x * high, 0.0), line(wide);
  for (std::size_t y = 0; y < high; ++y) {
    for (double& v : line) v = normal(random);
    for (std::size_t k = 0; k < kx.size(); ++k)
      for (std::size_t x = 0; x < n_x; ++x) rows[y * n_x + x] += kx[k] * line[x + k];
  }
  Sky sky = {n_x, n_y, std::vector<float>(n_x * n_y, 0)};
  std::vector<double> sum(n_x);
  for (std::size_t y = 0; y < n_y; ++y) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (std::size_t k = 0; k < ky.size(); ++k)
      for (std::size_t x = 0; x < n_x; ++x) sum[x] += ky[k] * rows[(y + k) * n_x + x];
    for (std::size_t x = 0; x < n_x; ++x) sky.pixels[y * n_x + x] = static_cast<float>(sum[x]);
  }
  return sky;
}

inline void add(Sky& sky, const Source& source, const Ellipse& shape) {
  const Ellipse::Form form = shape.form();
  const double reach = 4 * shape.major_px;
  for (std::size_t y = 0; y < sky.n_y; ++y) {
    const double dy = static_cast<double>(y) - source.y;
    if (std::abs(dy) > reach) continue;
    for (std::size_t x = 0; x < sky.n_x; ++x) {
      const double dx = static_cast<double>(x) - source.x;
      if (std::abs(dx) < reach)
        sky.pixels[y * sky.n_x + x] += static_cast<float>(source.peak * form(dx, dy));
    }
  }
}

/// Places on a grid of `spacing`, each moved by up to `jitter` pixels.
inline std::vector<Source> on_grid(const Sky& sky, double spacing, double jitter, double peak,
                                   std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> move(-jitter, jitter);
  std::vector<Source> sources;
  for (double y = spacing / 2; y < static_cast<double>(sky.n_y) - spacing / 2; y += spacing)
    for (double x = spacing / 2; x < static_cast<double>(sky.n_x) - spacing / 2; x += spacing) {
      const double u = x + move(random), v = y + move(random);
      sources.push_back({u, v, peak});
    }
  return sources;
}

struct Moments {
  double mean = 0, deviation = 0;
  std::size_t n = 0;
};
inline Moments moments(const std::vector<double>& values) {
  Moments m;
  m.n = values.size();
  for (const double v : values) m.mean += v / static_cast<double>(m.n);
  for (const double v : values) m.deviation += (v - m.mean) * (v - m.mean);
  m.deviation = std::sqrt(m.deviation / static_cast<double>(m.n - 1));
  return m;
}

}  // namespace contimg::photometry::simulated
