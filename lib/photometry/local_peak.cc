// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/local_peak.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/median.h"

namespace contimg::photometry {
namespace {

constexpr std::size_t kSample = 1u << 20;
constexpr std::ptrdiff_t kOuter = 25, kInner = 5;
constexpr std::size_t kFewest = 100;

float middle(std::vector<float>& values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  return *half;
}

// Where the paraboloid through the logarithms of nine pixels is highest, from the middle one.
LocalPeak top_of(const double (&log)[3][3]) {
  const double x = (log[1][2] - log[1][0]) / 2, y = (log[2][1] - log[0][1]) / 2;
  const double xx = log[1][2] + log[1][0] - 2 * log[1][1];
  const double yy = log[2][1] + log[0][1] - 2 * log[1][1];
  const double xy = (log[2][2] - log[2][0] - log[0][2] + log[0][0]) / 4;
  const double determinant = xx * yy - xy * xy;
  if (!(determinant > 0) || !(xx < 0)) return {{0, 0}, std::exp(log[1][1])};
  // A maximum beside the middle pixel lies less than a pixel away.
  const double dx = std::clamp((xy * y - yy * x) / determinant, -1.0, 1.0);
  const double dy = std::clamp((xy * x - xx * y) / determinant, -1.0, 1.0);
  const double rise = x * dx + y * dy + xx * dx * dx / 2 + yy * dy * dy / 2 + xy * dx * dy;
  return {{dx, dy}, std::exp(log[1][1] + rise)};
}

}  // namespace

double robust_rms(std::vector<float>& values) {
  if (values.empty()) return 0;
  const float centre = middle(values);
  for (float& value : values) value = std::abs(value - centre);
  return kSigmaOfMad * static_cast<double>(middle(values));
}

double global_rms(const fits::Image& image) {
  std::size_t step = std::max<std::size_t>(image.pixels.size() / kSample, 1);
  // Not always the same columns.
  while (std::gcd(step, image.n_x) != 1) ++step;
  std::vector<float> values;
  for (std::size_t i = 0; i < image.pixels.size(); i += step)
    if (std::isfinite(image.pixels[i])) values.push_back(image.pixels[i]);
  return robust_rms(values);
}

std::optional<double> rms_around(const fits::Image& image, const fits::Pixel& place) {
  const std::ptrdiff_t x0 = std::lround(place.x), y0 = std::lround(place.y);
  std::vector<float> values;
  for (std::ptrdiff_t y = std::max<std::ptrdiff_t>(y0 - kOuter, 0);
       y <= y0 + kOuter && y < static_cast<std::ptrdiff_t>(image.n_y); ++y)
    for (std::ptrdiff_t x = std::max<std::ptrdiff_t>(x0 - kOuter, 0);
         x <= x0 + kOuter && x < static_cast<std::ptrdiff_t>(image.n_x); ++x) {
      if (std::abs(x - x0) <= kInner && std::abs(y - y0) <= kInner) continue;
      const float value = image.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
      if (std::isfinite(value)) values.push_back(value);
    }
  if (values.size() < kFewest) return std::nullopt;
  return robust_rms(values);
}

std::optional<LocalPeak> peak_near(const fits::Image& image, const fits::Pixel& place,
                                   double radius_pixel) {
  const auto reach = static_cast<std::ptrdiff_t>(std::ceil(radius_pixel));
  const std::ptrdiff_t x0 = std::lround(place.x), y0 = std::lround(place.y);
  const auto n_x = static_cast<std::ptrdiff_t>(image.n_x);
  const auto n_y = static_cast<std::ptrdiff_t>(image.n_y);
  const auto value = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
    return static_cast<double>(image.pixels[static_cast<std::size_t>(y * n_x + x)]);
  };
  std::ptrdiff_t at_x = -1, at_y = -1;
  for (std::ptrdiff_t y = std::max<std::ptrdiff_t>(y0 - reach, 1); y <= y0 + reach && y < n_y - 1;
       ++y)
    for (std::ptrdiff_t x = std::max<std::ptrdiff_t>(x0 - reach, 1); x <= x0 + reach && x < n_x - 1;
         ++x) {
      if (!std::isfinite(value(x, y))) continue;
      if (at_x < 0 || value(x, y) > value(at_x, at_y)) at_x = x, at_y = y;
    }
  if (at_x < 0) return std::nullopt;
  const fits::Pixel middle_pixel{static_cast<double>(at_x), static_cast<double>(at_y)};
  double log[3][3];
  for (std::ptrdiff_t j = 0; j < 3; ++j)
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
      const double pixel = value(at_x + i - 1, at_y + j - 1);
      if (!(pixel > 0)) return LocalPeak{middle_pixel, value(at_x, at_y)};
      log[j][i] = std::log(pixel);
    }
  LocalPeak top = top_of(log);
  top.place.x += middle_pixel.x;
  top.place.y += middle_pixel.y;
  return top;
}

}  // namespace contimg::photometry
