// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/rms_mesh.h"

#include <algorithm>
#include <cmath>

#include "base/median.h"
#include "image/quality_peak.h"

namespace contimg::image {
namespace {

constexpr double kBeams = 16, kLeast = 32, kMost = 256;

// The square whose middle is last before a pixel, and how far the pixel is towards the next.
struct Between {
  std::size_t first, second;
  double share;
};

Between between(std::size_t pixel, std::size_t side, std::size_t count) {
  const double place = (static_cast<double>(pixel) + 0.5) / static_cast<double>(side) - 0.5;
  const double held = std::clamp(place, 0.0, static_cast<double>(count - 1));
  const auto first = static_cast<std::size_t>(held);
  return {first, std::min(first + 1, count - 1), held - static_cast<double>(first)};
}

}  // namespace

std::size_t RmsMesh::usual_side(const fits::Image& image) {
  const double beam_pixel = image.beam ? image.beam->major_rad / image.wcs.pixel_rad() : 0;
  return static_cast<std::size_t>(std::clamp(kBeams * beam_pixel, kLeast, kMost));
}

RmsMesh::RmsMesh(const fits::Image& image, std::size_t side)
    : n_x_(image.n_x),
      n_y_(image.n_y),
      side_(side),
      columns_((n_x_ + side - 1) / side),
      rows_((n_y_ + side - 1) / side) {
  std::vector<float> values;
  for (std::size_t top = 0; top < n_y_; top += side)
    for (std::size_t left = 0; left < n_x_; left += side) {
      const std::size_t bottom = std::min(top + side, n_y_), right = std::min(left + side, n_x_);
      values.clear();
      for (std::size_t y = top; y < bottom; ++y)
        for (std::size_t x = left; x < right; ++x)
          if (std::isfinite(image.at(x, y))) values.push_back(image.at(x, y));
      const bool enough = 2 * values.size() >= (bottom - top) * (right - left);
      rms_.push_back(enough ? robust_rms(values) : std::numeric_limits<double>::quiet_NaN());
    }
}

std::vector<double> RmsMesh::known() const {
  std::vector<double> result;
  std::copy_if(rms_.begin(), rms_.end(), std::back_inserter(result),
               [](double value) { return std::isfinite(value); });
  return result;
}

std::vector<float> RmsMesh::map() const {
  std::vector<double> filled = rms_;
  const std::vector<double> sound = known();
  const double usual = sound.empty() ? std::numeric_limits<double>::quiet_NaN() : median(sound);
  for (double& value : filled)
    if (!std::isfinite(value)) value = usual;
  std::vector<Between> across;
  for (std::size_t x = 0; x < n_x_; ++x) across.push_back(between(x, side_, columns_));
  std::vector<float> result;
  result.reserve(n_x_ * n_y_);
  std::vector<double> row(columns_);
  for (std::size_t y = 0; y < n_y_; ++y) {
    const Between up = between(y, side_, rows_);
    for (std::size_t column = 0; column < columns_; ++column)
      row[column] = (1 - up.share) * filled[up.first * columns_ + column] +
                    up.share * filled[up.second * columns_ + column];
    for (const Between& x : across)
      result.push_back(static_cast<float>((1 - x.share) * row[x.first] + x.share * row[x.second]));
  }
  return result;
}

}  // namespace contimg::image
