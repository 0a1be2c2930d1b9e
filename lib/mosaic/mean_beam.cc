// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/mean_beam.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace contimg::mosaic {

fits::Beam mean_beam(const std::vector<fits::Beam>& beams, const std::vector<double>& weights) {
  if (beams.empty() || beams.size() != weights.size())
    throw std::invalid_argument("mean_beam: beams and weights of different numbers");
  double north = 0, east = 0, both = 0, sum = 0;
  for (std::size_t i = 0; i < beams.size(); ++i) {
    const double major = beams[i].major_rad * beams[i].major_rad;
    const double minor = beams[i].minor_rad * beams[i].minor_rad;
    const double cosine = std::cos(beams[i].position_angle_rad);
    const double sine = std::sin(beams[i].position_angle_rad);
    north += weights[i] * (major * cosine * cosine + minor * sine * sine);
    east += weights[i] * (major * sine * sine + minor * cosine * cosine);
    both += weights[i] * (major - minor) * sine * cosine;
    sum += weights[i];
  }
  if (!(sum > 0)) throw std::invalid_argument("mean_beam: no weight");
  north /= sum, east /= sum, both /= sum;
  const double middle = (north + east) / 2, half = std::hypot((north - east) / 2, both);
  return {std::sqrt(middle + half), std::sqrt(std::max(0.0, middle - half)),
          std::atan2(2 * both, north - east) / 2};
}

double beam_spread(const std::vector<fits::Beam>& beams, const fits::Beam& mean) {
  double most = 1;
  for (const fits::Beam& beam : beams)
    most = std::max({most, beam.area_sr() / mean.area_sr(), mean.area_sr() / beam.area_sr()});
  return most;
}

}  // namespace contimg::mosaic
