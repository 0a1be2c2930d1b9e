// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/epoch_tie.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace contimg::measure {
namespace {

constexpr double kArcsec = 4.84813681e-6;

/// Sources on a grid 0.1 degrees apart, measured 10 % bright, 2 arcseconds east, 1 south.
std::vector<Measurement> epoch(std::size_t n, double slope = 1.1) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<Measurement> sources;
  for (std::size_t i = 0; i < n; ++i) {
    Measurement m;
    m.name = "s" + std::to_string(i);
    m.position = {0.1 + 0.00175 * static_cast<double>(i % 10),
                  0.2 + 0.00175 * static_cast<double>(i / 10)};
    m.catalogue_flux_jy = 0.05 * std::exp(0.1 * static_cast<double>(i));
    m.error_jy = 0.0005;
    m.flux_jy = slope * m.catalogue_flux_jy * (1 + 0.03 * normal(random));
    m.snr = m.flux_jy / m.error_jy;
    m.beam_response = 0.9;
    m.offset_east_rad = (2 + 0.3 * normal(random)) * kArcsec;
    m.offset_north_rad = (-1 + 0.3 * normal(random)) * kArcsec;
    sources.push_back(m);
  }
  return sources;
}

TEST(FitLine, IsExactWithoutNoise) {
  const Line line = fit_line({1, 2, 3, 4, 5}, {5, 7, 9, 11, 13}, {1, 1, 1, 1, 1});
  ASSERT_TRUE(line.fitted);
  EXPECT_NEAR(line.slope, 2, 1e-12);
  EXPECT_NEAR(line.offset, 3, 1e-12);
  EXPECT_NEAR(line.slope_error, std::sqrt(0.1), 1e-12);  // 1 / sum (x - mean)^2
}

TEST(FitLine, IsNotMovedByAnOutlier) {
  std::vector<double> x, y, sigma(40, 1);
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 40; ++i) {
    x.push_back(i);
    y.push_back(0.5 * i + normal(random));
  }
  y[30] = 1000;
  const Line line = fit_line(x, y, sigma);
  EXPECT_EQ(line.n_used, 39u);
  EXPECT_NEAR(line.slope, 0.5, 4 * line.slope_error);
  EXPECT_LT(line.slope_error, 0.05);
}

TEST(FitLine, RefusesPointsOfOnePlace) {
  EXPECT_FALSE(fit_line({2, 2, 2}, {1, 2, 3}, {1, 1, 1}).fitted);
}

TEST(TieEpoch, FindsScaleAndOffsets) {
  const EpochTie tie = tie_epoch(epoch(40));
  EXPECT_EQ(tie.reason, "");
  EXPECT_EQ(tie.n_source, 40u);
  EXPECT_NEAR(tie.slope, 1.1, 4 * tie.slope_error);
  EXPECT_LT(tie.slope_error, 0.03);
  EXPECT_NEAR(tie.offset_jy, 0, 4 * tie.offset_error_jy);
  EXPECT_NEAR(tie.east_rad / kArcsec, 2, 0.3);
  EXPECT_NEAR(tie.north_rad / kArcsec, -1, 0.3);
  EXPECT_NEAR(tie.position_rms_rad / kArcsec, 0.42, 0.2);
}

TEST(TieEpoch, TakesOnlyGoodReferences) {
  std::vector<Measurement> sources = epoch(12);
  sources[0].flags = kBlended;
  sources[1].snr = 19;
  sources[2].beam_response = 0.3;
  sources[3].reason = "below 3 sigma";
  sources[4].catalogue_flux_jy = kUnknown;
  sources[6].position = sources[5].position;  // neither is alone
  EXPECT_EQ(tie_epoch(sources).n_source, 5u);
  sources[7].kind = Kind::blind;
  const EpochTie few = tie_epoch(sources);
  EXPECT_EQ(few.reason, "4 reference sources, expected at least 5");
  EXPECT_TRUE(std::isnan(few.slope));
}

TEST(TieEpoch, RefusesAnAbsurdScale) {
  const EpochTie tie = tie_epoch(epoch(20, 2));
  EXPECT_NE(tie.reason.find("expected 0.5 to 1.5"), std::string::npos) << tie.reason;
  EXPECT_TRUE(std::isnan(tie.slope));
}

}  // namespace
}  // namespace contimg::measure
