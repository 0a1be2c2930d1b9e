// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/mean_beam.h"

#include <gtest/gtest.h>

#include <cmath>

namespace contimg::mosaic {
namespace {

TEST(MeanBeam, OfEqualBeamsIsThatBeam) {
  const fits::Beam beam{3, 2, -1.2};
  const fits::Beam mean = mean_beam({beam, beam}, {0.2, 0.7});
  EXPECT_NEAR(mean.major_rad, 3, 1e-12);
  EXPECT_NEAR(mean.minor_rad, 2, 1e-12);
  EXPECT_NEAR(std::remainder(mean.position_angle_rad + 1.2, std::acos(-1)), 0, 1e-12);
  EXPECT_NEAR(beam_spread({beam, beam}, mean), 1, 1e-12);
}

TEST(MeanBeam, OfCrossedBeamsIsRound) {
  const fits::Beam mean = mean_beam({{4, 2, 0.3}, {4, 2, 0.3 + std::acos(0)}}, {1, 1});
  EXPECT_NEAR(mean.major_rad, std::sqrt(10), 1e-6);
  EXPECT_NEAR(mean.minor_rad, std::sqrt(10), 1e-6);
}

TEST(MeanBeam, GoesWithTheWeights) {
  const std::vector<fits::Beam> beams = {{4, 4, 0}, {2, 2, 0}};
  const fits::Beam mean = mean_beam(beams, {3, 1});
  EXPECT_NEAR(mean.major_rad, std::sqrt(13), 1e-12);
  EXPECT_NEAR(beam_spread(beams, mean), 13.0 / 4, 1e-9);
  EXPECT_THROW(mean_beam(beams, {1}), std::invalid_argument);
}

}  // namespace
}  // namespace contimg::mosaic
