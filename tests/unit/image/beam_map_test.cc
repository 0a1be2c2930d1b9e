// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/beam_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/error.h"

namespace contimg::image {
namespace {

ImagingSets group(bool drifts) {
  ImagingSets sets;
  sets.phase_centre = {2.0, 0.6};
  sets.middle_frequency_hz = 1.405e9;
  sets.bandwidth_hz = 187.5e6;
  sets.dish_diameter_m = 4.65;
  for (int t = 0; t < 24; ++t) {
    const double time_mjd_s = 5e9 + 12.885 * t;
    sets.integration_mjd_s.push_back(time_mjd_s);
    sets.integration_weight.push_back(t < 4 ? 0 : 1 + 0.1 * t);
    const double turn = drifts ? astro::kEarthRotationRate * 12.885 * (t - 11.5) : 0;
    sets.pointings.push_back({time_mjd_s + 0.3, 12.885, {2.0 + turn, 0.6}});
  }
  for (int c = 0; c < 384; ++c)
    if (c < 100 || c > 140)  // a hole in the band, more weight above it
      sets.channels.push_back({1.405e9 + 187.5e6 / 384 * (c - 191.5), c < 100 ? 1.0 : 3.0});
  return sets;
}

double brute_force(const ImagingSets& sets, const astro::Direction& place) {
  double power = 0, total = 0;
  for (std::size_t t = 0; t < sets.integration_mjd_s.size(); ++t)
    for (const ImagingSets::Channel& channel : sets.channels) {
      const double weight = sets.integration_weight[t] * channel.weight;
      total += weight;
      power += weight * astro::airy_power(astro::separation_rad(sets.pointings[t].direction, place),
                                          channel.frequency_hz, sets.dish_diameter_m);
    }
  return power / total;
}

TEST(BeamMap, IsTheMeanOverIntegrationsAndChannels) {
  std::mt19937 random(8);
  for (const bool drifts : {true, false})
    for (const double pixel_arcsec : {4.0, 77.0, 600.0}) {
      const ImagingSets sets = group(drifts);
      const std::size_t n_x = 3600 * 4 / static_cast<std::size_t>(pixel_arcsec) + 101,
                        n_y = n_x - 37;
      const fits::Wcs wcs =
          fits::Wcs::orthographic(sets.phase_centre, n_x, n_y, pixel_arcsec * astro::kArcsec);
      const fits::Image beam = beam_map("x.ms", sets, wcs, n_x, n_y);
      ASSERT_EQ(beam.pixels.size(), n_x * n_y);
      std::uniform_int_distribution<std::size_t> x_of(0, n_x - 1), y_of(0, n_y - 1);
      for (int k = 0; k < 200; ++k) {
        std::size_t x = x_of(random), y = y_of(random);
        if (k == 0) x = y = 0;
        if (k == 1) x = n_x - 1, y = n_y - 1;
        if (k == 2) x = n_x / 2, y = n_y / 2;
        const auto place = wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
        ASSERT_TRUE(place);
        EXPECT_NEAR(static_cast<double>(beam.at(x, y)), brute_force(sets, *place), 1e-5)
            << pixel_arcsec << " arcsec, " << x << ' ' << y;
      }
    }
}

TEST(BeamMap, IsOneOnTheAxisOfABeamThatStandsStillAndLessWhereItDrifts) {
  for (const bool drifts : {true, false}) {
    const ImagingSets sets = group(drifts);
    const fits::Wcs wcs = fits::Wcs::orthographic(sets.phase_centre, 400, 400, 36 * astro::kArcsec);
    const double centre = static_cast<double>(beam_map("x.ms", sets, wcs, 400, 400).at(200, 200));
    EXPECT_NEAR(centre, drifts ? brute_force(sets, sets.phase_centre) : 1, 1e-5);
    EXPECT_EQ(centre < 0.98, drifts);
  }
}

TEST(BeamMap, HasNoNaNOutsideTheSphereAndPointsAtTheCentreWithoutPointings) {
  ImagingSets sets = group(true);
  sets.pointings.clear();
  const fits::Wcs wcs = fits::Wcs::orthographic(sets.phase_centre, 301, 301, 0.5 * astro::kDegree);
  const fits::Image beam = beam_map("x.ms", sets, wcs, 301, 301);
  for (const float power : beam.pixels) ASSERT_TRUE(power >= 0 && power <= 1);
  EXPECT_FLOAT_EQ(beam.at(0, 0), 0);
  EXPECT_NEAR(static_cast<double>(beam.at(150, 150)), 1, 1e-6);
}

TEST(BeamMap, RefusesDishesOfNoSize) {
  ImagingSets sets = group(true);
  sets.dish_diameter_m = 0;
  const fits::Wcs wcs = fits::Wcs::orthographic(sets.phase_centre, 10, 10, astro::kArcsec);
  EXPECT_THROW(beam_map("x.ms", sets, wcs, 10, 10), DataError);
}

}  // namespace
}  // namespace contimg::image
