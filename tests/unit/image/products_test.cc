// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdlib>
#include <random>

#include "astro/constants.h"
#include "base/error.h"
#include "base/median.h"

namespace contimg::image {
namespace {
namespace fs = boost::filesystem;

constexpr double kCut = 0.2;

class ProductsTest : public testing::Test {
 protected:
  ProductsTest() {
    fs::create_directories(folder_ + "/made");
    image_.n_x = image_.n_y = 200;
    image_.wcs = fits::Wcs::orthographic({6.28, 0.3}, 200, 200, 3 * astro::kArcsec);
    image_.beam = fits::Beam{6 * astro::kArcsec, 5 * astro::kArcsec, 0.5};
    image_.frequency_hz = 1.405e9;
    image_.bandwidth_hz = 187.5e6;
    image_.telescope = "DSA_110";
    image_.start_mjd = 61065.5;
    image_.cards["WSCNITER"] = "1000.";
    image_.history = {"wsclean -size 200 200"};
    std::mt19937 random(3);
    // Twice as noisy in the upper half.
    for (std::size_t i = 0; i < 40000; ++i)
      image_.pixels.push_back(
          std::normal_distribution<float>(0, i < 20000 ? 1e-3f : 2e-3f)(random));
    beam_ = image_;
    beam_.unit.clear();
    for (std::size_t y = 0; y < 200; ++y)
      for (std::size_t x = 0; x < 200; ++x)
        beam_.at(x, y) = static_cast<float>(
            std::exp(-std::hypot(static_cast<double>(x) - 100, static_cast<double>(y) - 100) / 50));
    image_.unit = "Jy/beam";
    header_.group_id = "2026-01-25T22:26:05";
    header_.object = header_.group_id;
    header_.calibration_set = "2026-01-26_3C147";
    header_.tier = "science";
    header_.verdict = "WARN";
    header_.smearing_max = 0.0087;
    header_.duration_s = 309.2;
    header_.history = {"contimg image-ms"};
  }
  ~ProductsTest() override { fs::remove_all(folder_); }

  CleanedImages cleaned() const { return {image_, &image_, &image_, &image_}; }
  std::size_t n_made() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_ + "/made"), fs::directory_iterator()));
  }

  std::string folder_ = (fs::temp_directory_path() / fs::unique_path("products-%%%%%%%%")).string();
  std::string stem_ = folder_ + "/made/2026-01-25T22:26:05";
  fits::Image image_, beam_;
  ProductHeader header_;
};

TEST_F(ProductsTest, AreWholeWithCompleteHeaders) {
  fits::Image smearing;
  smearing.n_x = smearing.n_y = 5;
  smearing.pixels.assign(25, 0.995f);
  smearing.wcs = fits::Wcs::orthographic({6.28, 0.3}, 5, 5, 150 * astro::kArcsec);
  const auto paths = write_products(cleaned(), beam_, &smearing, header_, kCut, stem_);
  EXPECT_EQ(paths.size(), 8u);
  EXPECT_EQ(n_made(), 8u);
  EXPECT_EQ(paths.front(), stem_ + "-image.fits");
  for (const std::string& path : paths) {
    const fits::Image product = fits::read_image(path);
    EXPECT_EQ(product.cards.at("GROUPID"), "'2026-01-25T22:26:05'") << path;
    EXPECT_EQ(product.cards.at("CALSET"), "'2026-01-26_3C147'");
    EXPECT_EQ(product.cards.at("TIER"), "'science'");
    EXPECT_EQ(product.cards.at("SCIENCE"), "T");
    EXPECT_EQ(product.cards.at("QAVERD"), "'WARN'");
    EXPECT_NEAR(std::stod(product.cards.at("SMEARMAX")), 0.0087, 1e-9);
    EXPECT_EQ(product.history.front(), "contimg image-ms");
    EXPECT_EQ(product.telescope, "DSA_110");
    EXPECT_EQ(product.object, "2026-01-25T22:26:05");
    EXPECT_DOUBLE_EQ(product.frequency_hz, 1.405e9);
    EXPECT_NEAR(product.start_mjd, 61065.5, 1e-9);
    EXPECT_DOUBLE_EQ(product.duration_s, 309.2);
    const bool jy = path.find("-image") != std::string::npos ||
                    path.find("-residual") != std::string::npos ||
                    path.find("-rms") != std::string::npos;
    const bool model = path.find("-model") != std::string::npos;
    EXPECT_EQ(product.unit, jy ? "Jy/beam" : model ? "Jy/pixel" : "") << path;
    EXPECT_EQ(product.beam.has_value(), jy || path.find("-psf") != std::string::npos) << path;
    EXPECT_EQ(product.n_x, path.find("-smearing") != std::string::npos ? 5u : 200u);
  }
}

TEST_F(ProductsTest, AreCorrectedForTheBeamAndBlankBelowTheCut) {
  write_products(cleaned(), beam_, nullptr, header_, kCut, stem_);
  const fits::Image corrected = fits::read_image(stem_ + "-image-pbcor.fits");
  const fits::Image rms = fits::read_image(stem_ + "-rms.fits");
  std::vector<double> lower, upper;
  for (std::size_t i = 0; i < beam_.pixels.size(); ++i) {
    const double response = static_cast<double>(beam_.pixels[i]);
    ASSERT_EQ(std::isnan(corrected.pixels[i]), response < kCut);
    ASSERT_EQ(std::isnan(rms.pixels[i]), response < kCut);
    if (response < kCut) continue;
    ASSERT_FLOAT_EQ(corrected.pixels[i], image_.pixels[i] / beam_.pixels[i]);
    if (i < 200 * 60) lower.push_back(static_cast<double>(rms.pixels[i]) * response);
    if (i > 200 * 150) upper.push_back(static_cast<double>(rms.pixels[i]) * response);
  }
  // Squares of 1024 pixels: each is good to 4 %, their median to 2 %.
  EXPECT_NEAR(median(lower), 1e-3, 6e-5);
  EXPECT_NEAR(median(upper), 2e-3, 12e-5);
  EXPECT_FALSE(lower.empty() || upper.empty());
}

TEST_F(ProductsTest, OfAnImageThatWasNotCleanedAreFewer) {
  const fits::Image nothing;
  const CleanedImages dirty{image_, nullptr, &image_, &nothing};
  header_.calibration_set.clear();
  header_.for_science = false;
  const auto paths = write_products(dirty, beam_, nullptr, header_, kCut, stem_);
  EXPECT_EQ(paths.size(), 5u);
  const fits::Image image = fits::read_image(stem_ + "-image.fits");
  EXPECT_EQ(image.cards.count("CALSET"), 0u);
  EXPECT_EQ(image.cards.at("SCIENCE"), "F");
}

TEST_F(ProductsTest, WhenOneFailsNoneAppears) {
  fits::Image other = beam_;
  other.n_x = 400;
  other.n_y = 100;  // found out when the image is written already
  EXPECT_THROW(write_products(cleaned(), other, nullptr, header_, kCut, stem_),
               std::invalid_argument);
  EXPECT_EQ(n_made(), 0u);
}

TEST_F(ProductsTest, AreReadByAstropyWithoutWarning) {
  const auto paths = write_products(cleaned(), beam_, nullptr, header_, kCut, stem_);
  for (const std::string& path : paths) {
    const int status =
        std::system(("echo 100 100 359.81749541 17.18873385 | /usr/bin/python3 " CONTIMG_SOURCE_DIR
                     "/tests/witness/fits_image.py '" +
                     path + "' '1e-3'")
                        .c_str());
    if (status == 77 * 256) GTEST_SKIP() << "python3-astropy is not installed";
    EXPECT_EQ(status, 0) << path;
  }
}

}  // namespace
}  // namespace contimg::image
