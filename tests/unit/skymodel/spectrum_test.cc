// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/spectrum.h"

#include <gtest/gtest.h>

#include "astro/constants.h"
#include "skymodel/angle_text.h"
#include "skymodel/source_name.h"

namespace contimg::skymodel {
namespace {

const double kUnknown = std::nan("");

BandFlux at(double frequency_hz, double flux_jy) {
  BandFlux flux;
  flux.frequency_hz = frequency_hz;
  flux.flux_jy = flux_jy;
  return flux;
}

TEST(FluxDensityOfASource, IsNoneWhereNothingIsKnown) {
  for (const auto& fluxes : {std::vector<BandFlux>{}, {at(1.4e9, kUnknown)}, {at(1.4e9, 0)}}) {
    const FluxDensity flux = flux_density(fluxes, -0.7, 1.4e9);
    EXPECT_FALSE(flux.known());
    EXPECT_TRUE(std::isnan(flux.flux_jy));
    EXPECT_EQ(flux.basis, FluxBasis::none);
  }
}

TEST(FluxDensityOfASource, IsNotMadeUpFromAFarBand) {
  const FluxDensity flux = flux_density({at(43e9, 0.18)}, kUnknown, 1.4e9);
  EXPECT_FALSE(flux.known());
  EXPECT_EQ(flux.basis, FluxBasis::none_near);
  EXPECT_FALSE(flux_density({at(8e9, 2), at(15e9, 1)}, kUnknown, 1.4e9).known());
}

TEST(FluxDensityOfASource, IsStraightBetweenBandsInLogarithms) {
  // S ~ f^-1 through (1, 4) and (4, 1): 2 at 2.
  const FluxDensity flux = flux_density({at(4e9, 1), at(1e9, 4)}, kUnknown, 2e9);
  EXPECT_NEAR(flux.flux_jy, 2, 1e-12);
  EXPECT_NEAR(flux.spectral_index, -1, 1e-12);
  EXPECT_EQ(flux.basis, FluxBasis::interpolated);
  EXPECT_NEAR(flux_density({at(4e9, 1), at(1e9, 4)}, kUnknown, 0.9e9).flux_jy, 4 / 0.9, 1e-12);
}

TEST(FluxDensityOfASource, FollowsTheCataloguesIndexFirst) {
  const FluxDensity flux = flux_density({at(1e9, 4)}, -2, 2e9);
  EXPECT_NEAR(flux.flux_jy, 1, 1e-12);
  EXPECT_EQ(flux.basis, FluxBasis::catalogue_index);
  EXPECT_FALSE(flux_density({at(1e9, 4)}, -2, 4e9).known());
}

TEST(FluxDensityOfASource, UsesTheTypicalIndexOnlyNearOneBand) {
  const FluxDensity flux = flux_density({at(1.4e9, 1)}, kUnknown, 1.5e9);
  EXPECT_NEAR(flux.flux_jy, std::pow(1.5 / 1.4, -0.7), 1e-12);
  EXPECT_EQ(flux.basis, FluxBasis::one_band);
}

TEST(SourceNames, AreComparedWithoutCaseAndBlanks) { EXPECT_EQ(name_key(" 3c 286"), "3C286"); }

TEST(SourceNames, FollowFromThePosition) {
  const astro::Direction place{(13 + (31 + 8.287984 / 60) / 60) * 15 * astro::kDegree,
                               (30 + (30 + 32.95885 / 60) / 60) * astro::kDegree};
  EXPECT_EQ(j_name(place), "J1331+3030");
  EXPECT_EQ(long_j_name(place), "J133108+303032");
  EXPECT_EQ(format_position(place), "13h31m08.2880s +30d30'32.959\"");
  EXPECT_EQ(j_name({0, -0.5 * astro::kDegree}), "J0000-0030");
  // 60 never appears.
  EXPECT_EQ(format_position({0, (0.99999999) * astro::kDegree}), "00h00m00.0000s +01d00'00.000\"");
}

TEST(Angles, AreReadInEveryWayOfWriting) {
  EXPECT_DOUBLE_EQ(read_angle("187.5")->value, 187.5);
  EXPECT_DOUBLE_EQ(read_angle("-1.5e1")->value, -15);
  for (const char* text : {"12:30:36", "12 30 36", "12h30m36s", " +12h30m36.0s "}) {
    ASSERT_TRUE(read_angle(text)) << text;
    EXPECT_NEAR(read_angle(text)->value, 12.51, 1e-12) << text;
    EXPECT_TRUE(read_angle(text)->sexagesimal);
  }
  EXPECT_EQ(read_angle("12h30m36s")->unit, 'h');
  EXPECT_EQ(read_angle("12d30'36\"")->unit, 'd');
}

TEST(Angles, KeepTheSignOfMinusZero) {
  EXPECT_NEAR(read_angle("-00d04'24.086\"")->value, -(4 + 24.086 / 60) / 60, 1e-14);
  EXPECT_NEAR(read_angle("-00 30 00")->value, -0.5, 1e-14);
}

TEST(Angles, AreRefusedWhenTheyAreNone) {
  for (const char* text : {"", "abc", "12:60:00", "12:30:60", "1:2:3:4", "12x30", "nan", "inf",
                           "12h30", "h", "--5", "0x10"}) {
    const bool open = std::string(text) == "12h30";  // minutes without a mark are fine
    EXPECT_EQ(read_angle(text).has_value(), open) << text;
  }
}

}  // namespace
}  // namespace contimg::skymodel
