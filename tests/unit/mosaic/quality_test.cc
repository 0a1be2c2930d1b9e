// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/quality.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/constants.h"

namespace contimg::mosaic {
namespace {

CoaddReport report() {
  CoaddReport report;
  report.noise_ratio = 1.02;
  report.n_pixel = 800;
  report.overview_rms.pixels = {1e-3f, 2e-3f, 3e-3f, std::nanf("")};
  return report;
}

OverlapSource source(double catalogue_jy, double measured_jy, double east_arcsec = 0) {
  OverlapSource s;
  s.n_tile = 2;
  s.flux_jy = measured_jy;
  s.error_jy = 1e-3;
  s.snr = measured_jy / 1e-3;
  s.catalogue_flux_jy = catalogue_jy;
  s.isolated = true;
  s.east_rad = east_arcsec * astro::kArcsec;
  s.north_rad = 0;
  return s;
}

std::vector<OverlapSource> sources(double scale, double east_arcsec = 0) {
  std::vector<OverlapSource> all;
  for (int i = 0; i < 9; ++i)
    all.push_back(source(0.1, 0.1 * scale * (1 + 0.01 * (i - 4)), east_arcsec));
  return all;
}

quality::Grade grade(const MosaicFigures& figures, const std::string& gate) {
  for (const quality::GateResult& result : judge(figures, Settings{}).gates)
    if (result.gate == gate) return result.grade;
  return quality::Grade::unknown;
}

TEST(MosaicQuality, OfASoundMosaicPassesWithItsFigures) {
  const MosaicFigures figures = measure_quality(report(), 1000, 1.05, sources(0.98, 1.5));
  EXPECT_NEAR(*figures.median_rms_jy, 2e-3, 1e-9);
  EXPECT_NEAR(*figures.blank_fraction, 0.2, 1e-12);
  EXPECT_NEAR(*figures.flux_ratio, 0.98, 1e-9);
  EXPECT_NEAR(*figures.flux_scatter, 1.4826 * 0.02 * 0.98, 1e-6);
  EXPECT_NEAR(*figures.astrometry_arcsec, 1.5, 1e-9);
  EXPECT_EQ(*figures.completeness, 1);
  EXPECT_EQ(judge(figures, Settings{}).grade, quality::Grade::pass);
}

TEST(MosaicQuality, EachFigureThatIsWrongSaysSo) {
  EXPECT_EQ(grade(measure_quality(report(), 1000, 1, sources(0.82)), "flux_ratio"),
            quality::Grade::warn);
  EXPECT_EQ(grade(measure_quality(report(), 1000, 1, sources(1.3)), "flux_ratio"),
            quality::Grade::fail);
  EXPECT_EQ(grade(measure_quality(report(), 1000, 1, sources(1, 6)), "astrometry_arcsec"),
            quality::Grade::fail);
  EXPECT_EQ(grade(measure_quality(report(), 1000, 1.3, {}), "beam_spread"), quality::Grade::warn);
  EXPECT_EQ(grade(measure_quality(report(), 10000, 1, {}), "blank_fraction"), quality::Grade::warn);
  CoaddReport noisy = report();
  noisy.noise_ratio = 1.6;
  EXPECT_EQ(grade(measure_quality(noisy, 1000, 1, {}), "noise_ratio"), quality::Grade::fail);
  noisy.noise_ratio = 0;
  EXPECT_EQ(judge(measure_quality(noisy, 1000, 1, {}), Settings{}).grade, quality::Grade::unknown);
}

TEST(MosaicQuality, SourcesThatAreNotThereMakeItIncomplete) {
  std::vector<OverlapSource> all = sources(1);
  for (int i = 0; i < 6; ++i) all.push_back(source(0.01, 0.001));
  OverlapSource blend = source(0.01, 0.001);
  blend.blended = true;
  all.push_back(blend);
  const MosaicFigures figures = measure_quality(report(), 1000, 1, all);
  EXPECT_EQ(figures.n_should_be_seen, 15);
  EXPECT_NEAR(*figures.completeness, 0.6, 1e-12);
  EXPECT_EQ(grade(figures, "completeness"), quality::Grade::warn);
}

TEST(MosaicQuality, WithoutSourcesPassesOverWhatNeedsThem) {
  const MosaicFigures figures = measure_quality(report(), 1000, 1, {});
  EXPECT_FALSE(figures.flux_ratio);
  EXPECT_FALSE(figures.completeness);
  EXPECT_EQ(judge(figures, Settings{}).grade, quality::Grade::pass);
}

TEST(CsvOf, HasARowASourceAndEmptyWhatIsNotKnown) {
  OverlapSource s = source(0.1, 0.1);
  s.name = "a,b";
  s.position = {1, 0.5};
  s.reason = "below 3 sigma";
  s.limit_jy = 0.2;
  s.edge = s.blended = true;
  s.catalogue_flux_jy = kNotKnown;
  const std::string text = csv_of({s});
  EXPECT_NE(text.find("\"a,b\",57.2957795,28.6478898,0.1,0.001,100.000,,0.2,2,,0.000,0.000,"
                      "edge blended no_catalogue_flux,below 3 sigma\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace contimg::mosaic
