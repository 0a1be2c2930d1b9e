// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/dirty_beam.h"

#include <array>

namespace contimg::photometry {
namespace {

// Weights of the pixels at -1, 0, 1, 2 for a place `t` after pixel 0.
std::array<double, 4> cubic(double t) {
  const double u = t * t, v = u * t;
  return {-0.5 * v + u - 0.5 * t, 1.5 * v - 2.5 * u + 1, -1.5 * v + 2 * u + 0.5 * t,
          0.5 * v - 0.5 * u};
}

}  // namespace

double DirtyBeam::at(double dx, double dy) const {
  const double x = std::floor(dx), y = std::floor(dy);
  const std::array<double, 4> across = cubic(dx - x), up = cubic(dy - y);
  double sum = 0;
  for (std::ptrdiff_t j = 0; j < 4; ++j)
    for (std::ptrdiff_t i = 0; i < 4; ++i)
      sum +=
          across[static_cast<std::size_t>(i)] * up[static_cast<std::size_t>(j)] *
          at_pixel(static_cast<std::ptrdiff_t>(x) + i - 1, static_cast<std::ptrdiff_t>(y) + j - 1);
  return sum;
}

void DirtyBeam::row(double dx, double dy, std::size_t n, std::vector<double>& out) const {
  const double x = std::floor(dx), y = std::floor(dy);
  const std::array<double, 4> across = cubic(dx - x), up = cubic(dy - y);
  const auto first = static_cast<std::ptrdiff_t>(x) - 1,
             bottom = static_cast<std::ptrdiff_t>(y) - 1;
  std::vector<double> mixed(n + 3, 0.0);
  for (std::ptrdiff_t j = 0; j < 4; ++j)
    for (std::size_t i = 0; i < n + 3; ++i)
      mixed[i] += up[static_cast<std::size_t>(j)] *
                  at_pixel(first + static_cast<std::ptrdiff_t>(i), bottom + j);
  out.resize(n);
  for (std::size_t i = 0; i < n; ++i)
    out[i] = across[0] * mixed[i] + across[1] * mixed[i + 1] + across[2] * mixed[i + 2] +
             across[3] * mixed[i + 3];
}

}  // namespace contimg::photometry
