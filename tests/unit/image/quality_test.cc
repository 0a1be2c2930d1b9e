// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/quality.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>

#include "astro/constants.h"
#include "base/setting.h"
#include "fits/sample.h"
#include "image/quality_sources.h"
#include "scratch.h"
#include "skymodel/catalogue_writer.h"

namespace contimg::image {
namespace {

using quality::Grade;
constexpr double kPixel_rad = 3 * astro::kArcsec;
constexpr float kBlank = std::numeric_limits<float>::quiet_NaN();
const double kFactor = 4 * std::log(2.0);

// A Gaussian of the image's beam with its top at a place between pixels.
void add_source(fits::Image& image, const fits::Pixel& place, double flux_jy) {
  const fits::Beam& beam = *image.beam;
  const double major = beam.major_rad / kPixel_rad, minor = beam.minor_rad / kPixel_rad;
  const double cosine = std::cos(beam.position_angle_rad);
  const double sine = std::sin(beam.position_angle_rad);
  for (int dy = -20; dy <= 20; ++dy)
    for (int dx = -20; dx <= 20; ++dx) {
      const auto x = static_cast<std::size_t>(std::lround(place.x) + dx);
      const auto y = static_cast<std::size_t>(std::lround(place.y) + dy);
      if (x >= image.n_x || y >= image.n_y) continue;
      const double east = -(static_cast<double>(x) - place.x),
                   north = static_cast<double>(y) - place.y;
      const double along = north * cosine + east * sine, across = east * cosine - north * sine;
      image.at(x, y) +=
          static_cast<float>(flux_jy * std::exp(-kFactor * (along * along / (major * major) +
                                                            across * across / (minor * minor))));
    }
}

class Quality : public testing::Test {
 protected:
  Quality() {
    image_.n_x = image_.n_y = 600;
    image_.wcs = fits::Wcs::orthographic({0.001, 0.3}, 600, 600, kPixel_rad);
    image_.beam = fits::Beam{16 * astro::kArcsec, 12 * astro::kArcsec, 0.5};
    image_.unit = "Jy/beam";
    std::mt19937 random(3);
    std::normal_distribution<float> noise(0, 1e-3f);
    for (std::size_t i = 0; i < 600 * 600; ++i) image_.pixels.push_back(noise(random));
    std::uniform_real_distribution<double> where(-12, 12);
    for (int j = 0; j < 6; ++j)
      for (int i = 0; i < 5; ++i) {
        const fits::Pixel place{90.0 * i + 100 + where(random), 80.0 * j + 90 + where(random)};
        const double flux_jy = 0.01 * std::pow(1.15, 6 * j + i);
        add_source(image_, place, flux_jy);
        expected_.push_back({*image_.wcs.direction_at(place), flux_jy, 1});
      }
  }

  QualityFigures figures() const { return measure_quality({image_, expected_, {}, {}, {}, {}}); }
  // The image as if every source were elsewhere by so much.
  void shift(double north_arcsec) {
    for (ExpectedSource& source : expected_)
      source.position.dec_rad += north_arcsec * astro::kArcsec;
  }

  fits::Image image_;
  std::vector<ExpectedSource> expected_;
};

TEST_F(Quality, OfASoundImageIsWhatWasPutIn) {
  const QualityFigures f = figures();
  EXPECT_TRUE(f.defects.empty());
  // 1e5 independent pixels and more: the MAD is good to a percent; sources broaden it a little.
  EXPECT_NEAR(*f.global_rms_jy, 1e-3, 3e-5);
  EXPECT_NEAR(*f.local_rms_jy, 1e-3, 5e-5);
  EXPECT_NEAR(*f.peak_jy, 0.01 * std::pow(1.15, 34), 0.05) << "its top lies between pixels";
  EXPECT_NEAR(*f.dynamic_range, *f.peak_jy / *f.local_rms_jy, 1e-6);
  EXPECT_NEAR(*f.flux_ratio, 1, 0.02);
  EXPECT_LT(*f.astrometry_arcsec, 0.5);
  EXPECT_GE(f.n_reference, 15);
  EXPECT_EQ(*f.completeness, 1);
  EXPECT_EQ(f.n_should_be_seen, 30);
  EXPECT_EQ(f.seen.size(), 30u);
  EXPECT_NEAR(*f.beam_axis_ratio, 16.0 / 12, 1e-9);
  EXPECT_NEAR(*f.pixels_per_beam, 4, 1e-6);
  EXPECT_EQ(judge(f).text(), "PASS");
}

TEST_F(Quality, AWrongFluxScaleFails) {
  for (float& pixel : image_.pixels) pixel *= 1.17f;
  EXPECT_EQ(judge(figures()).grade, Grade::warn) << judge(figures()).text();
  for (float& pixel : image_.pixels) pixel *= 1.1f;
  EXPECT_EQ(judge(figures()).grade, Grade::fail) << judge(figures()).text();
  EXPECT_NE(judge(figures()).text().find("flux_ratio 1.2"), std::string::npos);
}

TEST_F(Quality, SourcesThatAreElsewhereWarnAndFail) {
  shift(4);
  EXPECT_NEAR(*figures().astrometry_arcsec, 4, 0.1);
  EXPECT_NEAR(*figures().offset_north_arcsec, -4, 0.1);
  EXPECT_EQ(judge(figures()).grade, Grade::warn) << judge(figures()).text();
  shift(2);
  EXPECT_EQ(judge(figures()).grade, Grade::fail) << judge(figures()).text();
}

TEST_F(Quality, SourcesThatAreNotThereMakeItIncomplete) {
  for (int i = 0; i < 15; ++i)
    expected_.push_back({*image_.wcs.direction_at({145.0 + 30 * i, 130}), 0.06, 1});
  const QualityFigures f = figures();
  EXPECT_EQ(f.n_should_be_seen, 45);
  // Of the new places a few may lie on a source.
  EXPECT_NEAR(*f.completeness, 30.0 / 45, 3.0 / 45);
  EXPECT_EQ(judge(f).grade, Grade::warn) << judge(f).text();
  expected_.resize(4);
  EXPECT_FALSE(figures().completeness);
  EXPECT_EQ(judge(figures()).grade, Grade::pass) << "too few to say";
}

TEST_F(Quality, FaintSourcesAreNotExpectedToBeSeen) {
  for (int i = 0; i < 40; ++i)
    expected_.push_back({*image_.wcs.direction_at({20.0 + 14 * i, 20}), 4e-3, 1});
  EXPECT_EQ(figures().n_should_be_seen, 30);
}

TEST_F(Quality, ComparesWithTheStripAndShowsTheoryWithoutJudgingByIt) {
  QualityFigures f = measure_quality({image_, expected_, 0.55e-3, 1e-4, {}, {}});
  EXPECT_NEAR(*f.rms_over_strip, 1.85, 0.1);
  EXPECT_NEAR(f.json()["rms_over_theoretical"].get<double>(), 10, 0.5);
  EXPECT_EQ(judge(f).grade, Grade::warn);
  f = measure_quality({image_, expected_, 0.3e-3, {}, {}, {}});
  EXPECT_EQ(judge(f).grade, Grade::fail);
  EXPECT_TRUE(f.json()["theoretical_rms_jy"].is_null());
  f = measure_quality({image_, {}, {}, {}, {}, 0.6});
  EXPECT_EQ(judge(f).text(), "FAIL: flagged_share 0.6, expected at most 0.5");
}

TEST_F(Quality, NoiseWithoutASourceHasNoDynamicRange) {
  std::mt19937 random(4);
  std::normal_distribution<float> noise(0, 1e-3f);
  for (float& pixel : image_.pixels) pixel = noise(random);
  const QualityFigures f = figures();
  EXPECT_EQ(*f.completeness, 0);
  EXPECT_EQ(judge(f).grade, Grade::fail);
}

TEST_F(Quality, DefectsFailWithWords) {
  const auto text_with = [this](auto change) {
    fits::Image broken = image_;
    change(broken);
    const quality::Verdict verdict = judge(measure_quality({broken, expected_, {}, {}, {}, {}}));
    EXPECT_EQ(verdict.grade, Grade::fail);
    return verdict.text();
  };
  EXPECT_EQ(text_with([](auto& i) { i.pixels.assign(i.pixels.size(), kBlank); }),
            "FAIL: nan_fraction 1, expected at most 0.9; every pixel is blank, expected an image");
  EXPECT_EQ(text_with([](auto& i) { i.pixels.assign(i.pixels.size(), 0); }),
            "FAIL: every pixel is 0, expected an image of calibrated data");
  EXPECT_EQ(text_with([](auto& i) { i.unit = "K"; }), "FAIL: its unit is 'K', expected 'Jy/beam'");
  EXPECT_EQ(text_with([](auto& i) { i.beam.reset(); }),
            "FAIL: no restoring beam, expected BMAJ, BMIN and BPA");
  EXPECT_EQ(text_with([](auto& i) { i.wcs = fits::Wcs(); }),
            "FAIL: no celestial axes, expected right ascension and declination");
}

TEST_F(Quality, BlankPixelsAreLeftOutAndCounted) {
  for (std::size_t i = 0; i < image_.pixels.size() * 6 / 10; ++i) image_.pixels[i] = kBlank;
  const QualityFigures f = figures();
  EXPECT_NEAR(*f.nan_fraction, 0.6, 1e-3);
  EXPECT_NEAR(*f.local_rms_jy, 1e-3, 1e-4);
  EXPECT_EQ(judge(f).grade, Grade::warn) << judge(f).text();
}

TEST_F(Quality, EachGateIsASetting) {
  QualityFigures f = figures();
  f.rms_over_strip = f.flagged_share = f.nan_fraction = 0.1;
  f.astrometry_arcsec = 0.1;
  f.flux_ratio = 1.1;
  f.completeness = 0.9;
  const auto changed = [&](auto change) {
    Settings settings;
    EXPECT_EQ(judge(f, quality_limits(settings)).grade, Grade::pass);
    change(settings);
    return judge(f, quality_limits(settings)).grade;
  };
  EXPECT_EQ(changed([](Settings& s) { s.rms_warn = 0.05; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.rms_fail = 0.05; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.dynamic_range_warn = 1e6; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.dynamic_range_fail = 1e6; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.flux_ratio_warn = 0.05; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.flux_ratio_fail = 0.05; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.completeness_warn = 0.95; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.completeness_fail = 0.95; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.astrometry_warn_arcsec = 0.05; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.astrometry_fail_arcsec = 0.05; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.blank_warn = 0.05; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.blank_fail = 0.05; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.data_flagged_warn = 0.05; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.data_flagged_fail = 0.05; }), Grade::fail);
  EXPECT_EQ(changed([](Settings& s) { s.axis_ratio_warn = 1.1; }), Grade::warn);
  EXPECT_EQ(changed([](Settings& s) { s.axis_ratio_fail = 1.1; }), Grade::fail);
  EXPECT_EQ(quality_options().size(), 16u);
  for (const std::string& option : quality_options())
    EXPECT_TRUE(std::any_of(settings_table().begin(), settings_table().end(),
                            [&](const Setting& row) { return row.option == option; }))
        << option;
}

// Figures of spec 4.4: SEFD 5800 Jy, efficiency 0.7, 96 antennas, 2 polarisations, 187.5 MHz.
TEST(RadiometerRms, IsTheSpecifications) {
  const double visibilities = 2 * 96 * 95 / 2;
  EXPECT_NEAR(radiometer_rms_jy(5800, 0.7, visibilities * 187.5e6 * 12.88), 1.25e-3, 5e-6);
  EXPECT_NEAR(radiometer_rms_jy(5800, 0.7, visibilities * 187.5e6 * 309), 0.255e-3, 5e-7);
}

TEST(ValueAt, IsBilinearOnTheMapsOwnGrid) {
  fits::Image map;
  map.n_x = map.n_y = 5;
  for (int i = 0; i < 25; ++i) map.pixels.push_back(static_cast<float>(i));
  map.wcs = fits::Wcs::orthographic({1, 0.5}, 5, 5, 1e-3);
  EXPECT_NEAR(fits::value_at(map, *map.wcs.direction_at({1.25, 2.5})), 1.25 + 5 * 2.5, 1e-5);
  EXPECT_TRUE(std::isnan(fits::value_at(map, *map.wcs.direction_at({-1, 2}))));
  EXPECT_TRUE(std::isnan(fits::value_at(map, {4, -0.5})));
}

TEST(ExpectedSources, AreDimmedByBeamAndSmearingAndChosenByThem) {
  const std::string path = scratch("expected-sources.sqlite3");
  fits::Image beam;
  beam.n_x = beam.n_y = 200;
  beam.wcs = fits::Wcs::orthographic({0.001, 0.3}, 200, 200, 1e-4);
  for (std::size_t i = 0; i < 40000; ++i)
    beam.pixels.push_back(
        static_cast<float>(1 - 0.004 * std::abs(static_cast<double>(i % 200) - 100)));
  fits::Image smearing;
  smearing.n_x = smearing.n_y = 5;
  smearing.pixels.assign(25, 0.98f);
  smearing.wcs = fits::Wcs::orthographic({0.001, 0.3}, 5, 5, 5e-3);
  std::vector<skymodel::NewSource> sources;
  // In the middle; east of it where the response is 0.8, across 0h; too faint; outside.
  const std::vector<std::pair<fits::Pixel, double>> wanted = {
      {{100, 100}, 1}, {{150, 120}, 0.5}, {{50, 70}, 0.004}, {{-300, 100}, 2}, {{199, 3}, 1}};
  for (const auto& [pixel, flux_jy] : wanted) {
    skymodel::NewSource source;
    source.source.name = "s" + std::to_string(sources.size());
    source.source.position = *beam.wcs.direction_at(pixel);
    source.source.spectral_index = 0;
    skymodel::BandFlux flux;
    flux.frequency_hz = 1.4e9;
    flux.flux_jy = flux_jy;
    source.source.fluxes = {flux};
    sources.push_back(source);
  }
  skymodel::write_catalogue(path, sources, {}, true);
  const auto expected = expected_sources(path, beam, &smearing, 1.4e9, 0.65, 0.005);
  std::remove(path.c_str());
  ASSERT_EQ(expected.size(), 2u);
  EXPECT_NEAR(expected[0].apparent_jy, 0.98, 1e-5);
  EXPECT_NEAR(expected[1].apparent_jy, 0.5 * 0.8 * 0.98, 1e-5);
  EXPECT_NEAR(expected[1].response, 0.8, 1e-5);
}

}  // namespace
}  // namespace contimg::image
