// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"
#include "image/options.h"

namespace contimg::image {
namespace {

// What WSClean 3.1 writes, shortened.
constexpr const char* kLog = R"(
WSClean version 3.1.0 (2022-04-01)
This software package is released under the GPL version 3.
 == Constructing PSF ==
Fitting beam... major=67.83'', minor=36.85'', PA=97.05 deg, theoretical=15.87''.
 == Constructing image ==
 == Deconvolving (1) ==
Estimated standard deviation of background noise: 2.61 mJy
Initial peak: 805.25 mJy at 829,1525
Performed 24 iterations in total, 24 in this major iteration with sub-minor optimization.
Stopped on peak 158.05 mJy, because the minor-loop threshold was reached. Continuing cleaning.
 == Converting model image to visibilities ==
 == Constructing image ==
 == Deconvolving (2) ==
Estimated standard deviation of background noise: 900.43 µJy
Initial peak: 158.13 mJy at 830,1525
Performed 1000 iterations in total, 976 in this major iteration with sub-minor optimization.
Stopped on peak 9.49 mJy, because maximum number of iterations was reached.
 == Converting model image to visibilities ==
 == Constructing image ==
2 major iterations were performed.
)";

TEST(EngineLogReader, ReadsVersionIterationsNoiseAndPeakWhereverThePiecesEnd) {
  for (const std::size_t piece : {1u, 7u, 100u, 100000u}) {
    EngineLogReader reader(0.9, 1.5);
    const std::string text = kLog;
    double share = 0;
    for (std::size_t i = 0; i < text.size(); i += piece) {
      reader.add(text.substr(i, piece));
      EXPECT_GE(reader.share(), share);
      EXPECT_LT(reader.share(), 1);
      share = reader.share();
    }
    EXPECT_EQ(reader.log().version, "3.1.0 (2022-04-01)");
    EXPECT_EQ(reader.log().major_iterations, 2);
    EXPECT_EQ(reader.log().iterations, 1000);
    EXPECT_DOUBLE_EQ(reader.log().noise_jy, 900.43e-6);
    EXPECT_DOUBLE_EQ(reader.log().first_peak_jy, 0.80525);
    EXPECT_EQ(reader.log().stopped, "maximum number of iterations was reached.");
    EXPECT_GT(share, 0.3);
  }
}

fits::Image noise(double rms, std::uint64_t seed) {
  fits::Image image;
  image.n_x = image.n_y = 200;
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal(0, static_cast<float>(rms));
  for (std::size_t i = 0; i < image.n_x * image.n_y; ++i) image.pixels.push_back(normal(generator));
  return image;
}

void add_source(fits::Image& image, double peak, double x, double y) {
  for (std::size_t j = 0; j < image.n_y; ++j)
    for (std::size_t i = 0; i < image.n_x; ++i) {
      const double dx = static_cast<double>(i) - x, dy = static_cast<double>(j) - y;
      image.at(i, j) += static_cast<float>(peak * std::exp(-(dx * dx + dy * dy) / 12));
    }
}

// A source of 1 Jy in a noise of 1 mJy, cleaned well.
EngineRun sound() {
  EngineRun run;
  run.dirty = noise(1e-3, 1);
  add_source(run.dirty, 1, 100, 100);
  run.residual = noise(1e-3, 2);
  run.image = run.residual;
  add_source(run.image, 1, 100, 100);
  run.model = run.residual;
  for (float& value : run.model.pixels) value = 0;
  run.model.at(100, 100) = 1;
  return run;
}

TEST(WhyDiverged, SaysNothingOfASoundCleanNorOfOneThatFoundNothing) {
  EXPECT_EQ(why_diverged(sound()), "");
  EngineRun nothing = sound();
  nothing.residual = nothing.dirty;
  nothing.image = nothing.dirty;
  EXPECT_EQ(why_diverged(nothing), "");
  EXPECT_EQ(why_diverged(EngineRun()), "");  // niter 0
}

TEST(WhyDiverged, AllowsNegativesOfNoiseAndOfFivePercent) {
  EngineRun run = sound();
  add_source(run.image, -0.004, 50, 50);
  EXPECT_EQ(why_diverged(run), "");
  add_source(run.image, -0.036, 50, 50);  // 40 noises, but 4 % of the peak
  EXPECT_EQ(why_diverged(run), "");
  add_source(run.image, -0.03, 50, 50);
  EXPECT_NE(why_diverged(run).find("below zero"), std::string::npos);
}

TEST(WhyDiverged, SeesAResidualThatGrowsInItsPeakOrItsNoise) {
  EngineRun peak = sound();
  peak.residual.at(3, 3) = -1.1F;
  EXPECT_NE(why_diverged(peak).find("residual's peak is 1.1 Jy"), std::string::npos);
  EngineRun grown = sound();
  grown.residual = noise(2e-3, 3);
  EXPECT_NE(why_diverged(grown).find("residual's noise"), std::string::npos);
  EngineRun broken = sound();
  broken.residual.at(0, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(why_diverged(broken), "the residual is not finite");
}

TEST(EngineArguments, NameNoPathOfThisMachineAndJoinChannelsForASpectrum) {
  EngineSettings settings;
  settings.grid.n_pixel = 64;
  settings.grid.pixel_rad = 1e-5;
  const auto has = [&](const char* word) {
    const auto words = engine_arguments(settings, {"a.ms"});
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  for (const std::string& word : engine_arguments(settings, {"a.ms"}))
    EXPECT_EQ(word.find('/'), std::string::npos);
  EXPECT_FALSE(has("-join-channels"));
  EXPECT_FALSE(has("-threshold"));
  settings.nterms = 2;
  settings.auto_mask = 0;
  EXPECT_TRUE(has("-join-channels"));
  EXPECT_FALSE(has("-auto-mask"));
}

TEST(FluxDensity, HasAUnitOfTheTable) {
  EXPECT_DOUBLE_EQ(flux_density_jy("1.0mJy", "x"), 1e-3);
  EXPECT_DOUBLE_EQ(flux_density_jy("0.1 Jy", "x"), 0.1);
  EXPECT_DOUBLE_EQ(flux_density_jy("300uJy", "x"), 3e-4);
  for (const char* wrong : {"", "Jy", "1", "1mK", "1mJy2", "-1mJy", "nanJy", "1 m Jyx", "infJy"})
    EXPECT_THROW(flux_density_jy(wrong, "--threshold"), UsageError) << wrong;
}

TEST(Angle, HasAUnit) {
  EXPECT_NEAR(angle_rad("3600arcsec", "x"), angle_rad("1deg", "x"), 1e-15);
  EXPECT_NEAR(angle_rad("1arcmin", "x"), angle_rad("60asec", "x"), 1e-15);
  EXPECT_THROW(angle_rad("3", "--scale"), UsageError);
}

}  // namespace
}  // namespace contimg::image
