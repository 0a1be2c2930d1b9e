// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/kernel.h"

#include <cmath>

#include "astro/constants.h"
#include "astro/sinc.h"

namespace contimg::mosaic {
namespace {

constexpr double kBeta = 5.4;

double windowed_sinc(double x) {
  constexpr auto reach = static_cast<double>(SincKernel::kReach);
  const double inside = 1 - x * x / reach / reach;
  if (inside <= 0) return 0;
  return astro::sinc(astro::kPi * x) * std::cyl_bessel_i(0.0, kBeta * std::sqrt(inside)) /
         std::cyl_bessel_i(0.0, kBeta);
}

}  // namespace

SincKernel::SincKernel() : table_(kFractions + 1) {
  for (std::size_t row = 0; row <= kFractions; ++row) {
    const double fraction = static_cast<double>(row) / static_cast<double>(kFractions);
    std::array<double, kWidth> weights = {};
    double sum = 0;
    for (std::size_t i = 0; i < kWidth; ++i) {
      weights[i] = windowed_sinc(static_cast<double>(i) - (kReach - 1) - fraction);
      sum += weights[i];
    }
    for (std::size_t i = 0; i < kWidth; ++i) table_[row][i] = static_cast<float>(weights[i] / sum);
  }
}

}  // namespace contimg::mosaic
