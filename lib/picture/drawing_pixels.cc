// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture/drawing_pixels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "plot/gnuplot.h"

namespace contimg::picture {
namespace {

constexpr double kKeep = 5;       // rms: what is brighter is no noise
constexpr double kSoftening = 3;  // rms: where the scale goes over from linear to logarithmic
constexpr double kApart = 0.07;   // of the colour bar, between tics

// One pixel for those of a square.
float one_for(const fits::Image& image, std::size_t left, std::size_t bottom, std::size_t side,
              double keep) {
  double sum = 0, extreme = 0;
  std::size_t count = 0;
  for (std::size_t y = bottom; y < std::min(bottom + side, image.n_y); ++y)
    for (std::size_t x = left; x < std::min(left + side, image.n_x); ++x) {
      const double value = static_cast<double>(image.at(x, y));
      if (!std::isfinite(value)) continue;
      sum += value;
      ++count;
      if (std::abs(value) > std::abs(extreme)) extreme = value;
    }
  if (count == 0) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(std::abs(extreme) > keep ? extreme : sum / static_cast<double>(count));
}

}  // namespace

bool SmallImage::blank() const {
  return std::none_of(pixels.begin(), pixels.end(), [](float v) { return std::isfinite(v); });
}

SmallImage smaller(const fits::Image& image, std::size_t most, double rms) {
  SmallImage small;
  small.factor = (std::max(image.n_x, image.n_y) + most - 1) / most;
  small.n_x = (image.n_x + small.factor - 1) / small.factor;
  small.n_y = (image.n_y + small.factor - 1) / small.factor;
  small.pixels.reserve(small.n_x * small.n_y);
  for (std::size_t y = 0; y < small.n_y; ++y)
    for (std::size_t x = 0; x < small.n_x; ++x)
      small.pixels.push_back(
          one_for(image, x * small.factor, y * small.factor, small.factor, kKeep * rms));
  return small;
}

double GreyScale::grey(double value_jy) const {
  if (std::isnan(value_jy)) return value_jy;
  return std::asinh(std::clamp(value_jy / rms_jy_, kLow, kHigh) / kSoftening);
}

double GreyScale::unit_jy() const {
  const double highest = kHigh * rms_jy_;
  return highest >= 2 ? 1 : highest >= 2e-3 ? 1e-3 : 1e-6;
}

std::string GreyScale::unit() const {
  return (unit_jy() >= 1 ? "" : unit_jy() >= 1e-3 ? "m" : "\xc2\xb5") + std::string("Jy/beam");
}

std::string GreyScale::tics() const {
  std::vector<double> values = {0};
  for (double decade = 1e-3; decade <= 1e4; decade *= 10)
    for (const double step : {1, 2, 5})
      for (const double sign : {1, -1}) values.push_back(sign * step * decade);
  // Round numbers first, wherever there is room.
  std::stable_sort(values.begin(), values.end(), [](double a, double b) {
    const auto roundness = [](double v) {
      const double decade = std::log10(std::abs(v));
      return v == 0 ? 0 : std::abs(decade - std::round(decade)) < 1e-6 ? 1 : 2;
    };
    return roundness(a) < roundness(b);
  });
  std::vector<double> taken;
  std::string tics;
  for (const double value : values) {
    const double relative = value * unit_jy() / rms_jy_, place = grey(value * unit_jy());
    const bool room = std::none_of(taken.begin(), taken.end(), [&](double other) {
      return std::abs(other - place) < kApart * (high() - low());
    });
    if (relative < kLow || relative > kHigh || !room) continue;
    taken.push_back(place);
    char text[48];
    std::snprintf(text, sizeof text, "%s'%.4g' %.6f", tics.empty() ? "" : ", ", value, place);
    tics += text;
  }
  return "(" + tics + ")";
}

}  // namespace contimg::picture
