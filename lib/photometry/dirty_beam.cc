// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/dirty_beam.h"

#include <array>

namespace contimg::photometry {
namespace {

constexpr std::size_t kPoints = 8;
constexpr std::ptrdiff_t kBefore = 3;  // of them lie before the pixel that a place follows

// Weights of the pixels at -3 ... 4 for a place `t` after pixel 0.
std::array<double, kPoints> weights(double t) {
  std::array<double, kPoints> result = {};
  for (std::size_t i = 0; i < kPoints; ++i) {
    result[i] = 1;
    const double at = static_cast<double>(i) - static_cast<double>(kBefore);
    for (std::size_t k = 0; k < kPoints; ++k) {
      const double other = static_cast<double>(k) - static_cast<double>(kBefore);
      if (k != i) result[i] *= (t - other) / (at - other);
    }
  }
  return result;
}

}  // namespace

double DirtyBeam::at(double dx, double dy) const {
  std::vector<double> one(1);
  row(dx, dy, 1, one);
  return one[0];
}

void DirtyBeam::row(double dx, double dy, std::size_t n, std::vector<double>& out) const {
  const double x = std::floor(dx), y = std::floor(dy);
  const std::array<double, kPoints> across = weights(dx - x), up = weights(dy - y);
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(x) - kBefore;
  const std::ptrdiff_t bottom = static_cast<std::ptrdiff_t>(y) - kBefore;
  static thread_local std::vector<double> mixed;
  mixed.assign(n + kPoints - 1, 0.0);
  for (std::size_t j = 0; j < kPoints; ++j)
    for (std::size_t i = 0; i < mixed.size(); ++i)
      mixed[i] += up[j] * at_pixel(first + static_cast<std::ptrdiff_t>(i),
                                   bottom + static_cast<std::ptrdiff_t>(j));
  out.assign(n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < kPoints; ++k) out[i] += across[k] * mixed[i + k];
}

std::vector<Component> components_of(const Plane& model) {
  std::vector<Component> components;
  for (std::size_t y = 0; y < model.n_y; ++y)
    for (std::size_t x = 0; x < model.n_x; ++x) {
      const float flux = model.at(x, y);
      if (std::isfinite(flux) && std::abs(flux) > 0)
        components.push_back(
            {static_cast<double>(x), static_cast<double>(y), static_cast<double>(flux)});
    }
  return components;
}

}  // namespace contimg::photometry
