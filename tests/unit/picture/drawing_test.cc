// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture/drawing.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/filesystem.hpp>
#include <cmath>
#include <fstream>
#include <random>
#include <regex>

#include "astro/constants.h"
#include "picture/drawing_grid.h"
#include "picture/drawing_pixels.h"

namespace contimg::picture {
namespace {
namespace fs = boost::filesystem;

constexpr float kBlank = std::numeric_limits<float>::quiet_NaN();

fits::Image noise_at(const astro::Direction& centre, std::size_t side, double pixel_rad) {
  fits::Image image;
  image.n_x = image.n_y = side;
  image.wcs = fits::Wcs::orthographic(centre, side, side, pixel_rad);
  image.beam = fits::Beam{4 * pixel_rad, 3 * pixel_rad, 0.5};
  image.unit = "Jy/beam";
  image.frequency_hz = 1.405e9;
  std::mt19937 random(3);
  std::normal_distribution<float> noise(0, 1e-3f);
  for (std::size_t i = 0; i < side * side; ++i) image.pixels.push_back(noise(random));
  return image;
}

// Labels and places of gnuplot's tics.
std::vector<std::pair<std::string, double>> parsed(const std::string& tics) {
  std::vector<std::pair<std::string, double>> found;
  const std::regex tic("'((?:[^']|'')*)' (-?[0-9.]+)");
  for (std::sregex_iterator i(tics.begin(), tics.end(), tic), end; i != end; ++i)
    found.emplace_back((*i)[1], std::stod((*i)[2]));
  return found;
}

double hours(const std::string& label) {
  int h = 0, m = 0, s = 0;
  EXPECT_GE(std::sscanf(label.c_str(), "%2dh%2dm%2ds", &h, &m, &s), 2) << label;
  return h + m / 60.0 + s / 3600.0;
}

TEST(SkyGrid, LabelsSayWhatTheSkyIsThere) {
  for (const astro::Direction centre :
       {astro::Direction{0.001, 0.28}, {6.27, -0.4}, {4, 1.2}, {2, 0.0001}}) {
    const fits::Image image = noise_at(centre, 300, 40 * astro::kArcsec);
    const SkyGrid grid = sky_grid(image);
    const auto bottom = parsed(grid_labels(grid.right_ascension, image, true).tics);
    EXPECT_GE(bottom.size(), 3u);
    EXPECT_LE(bottom.size(), 9u);
    for (const auto& [label, x] : bottom) {
      const auto place = image.wcs.direction_at({x, -0.5});
      ASSERT_TRUE(place);
      const double turn =
          std::remainder(hours(label) * astro::kPi / 12 - place->ra_rad, 2 * astro::kPi);
      // Lines are straight between points 1/240 of the image apart.
      EXPECT_NEAR(turn * std::cos(place->dec_rad) / (40 * astro::kArcsec), 0, 0.05) << label;
    }
    const auto left = parsed(grid_labels(grid.declination, image, false).tics);
    EXPECT_GE(left.size(), 3u);
    for (const auto& [label, y] : left) {
      const auto place = image.wcs.direction_at({-0.5, y});
      ASSERT_TRUE(place);
      int degree = 0, minute = 0;
      ASSERT_EQ(std::sscanf(label.c_str() + 1, "%2d\xc2\xb0%2d", &degree, &minute), 2) << label;
      const double dec = (label[0] == '-' ? -1 : 1) * (degree + minute / 60.0) * astro::kDegree;
      EXPECT_NEAR((dec - place->dec_rad) / (40 * astro::kArcsec), 0, 0.05) << label;
    }
  }
}

TEST(SkyGrid, GoesAroundThePole) {
  const fits::Image image = noise_at({1, 89 * astro::kDegree}, 300, 60 * astro::kArcsec);
  const SkyGrid grid = sky_grid(image);
  EXPECT_GE(grid.right_ascension.size(), 6u);
  EXPECT_LE(grid.right_ascension.size(), 12u);
  for (std::size_t i = 0; i < grid.right_ascension.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(grid.right_ascension[i].label, grid.right_ascension[j].label);
  EXPECT_GE(grid.declination.size(), 3u);
  // Labels inside the image, of lines that meet no edge.
  const std::string inside = grid_labels(grid.declination, image, false).inside;
  EXPECT_NE(inside.find("set label '+89"), std::string::npos) << inside;
  const std::regex place("at (-?[0-9.]+),(-?[0-9.]+)");
  for (std::sregex_iterator i(inside.begin(), inside.end(), place), end; i != end; ++i)
    for (const int axis : {1, 2}) {
      EXPECT_GT(std::stod((*i)[axis]), 0);
      EXPECT_LT(std::stod((*i)[axis]), 300);
    }
}

TEST(BeamOutline, OfARoundBeamIsACircle) {
  fits::Image image = noise_at({1, 0.5}, 400, 20 * astro::kArcsec);
  fits::Image beam = noise_at({1, 0.5}, 100, 80 * astro::kArcsec);
  for (std::size_t y = 0; y < 100; ++y)
    for (std::size_t x = 0; x < 100; ++x)
      beam.at(x, y) = static_cast<float>(
          1 - std::hypot(static_cast<double>(x) - 50, static_cast<double>(y) - 50) / 50);
  for (const fits::Pixel& point : beam_outline(beam, 0.4, image))
    EXPECT_NEAR(std::hypot(point.x - 200, point.y - 200), 4 * 30, 4 * 1.5);
}

TEST(Smaller, KeepsPointSourcesAndAveragesNoise) {
  fits::Image image = noise_at({1, 0.5}, 1000, 1e-5);
  image.at(501, 700) = 0.02f;
  image.at(100, 100) = -0.02f;
  image.at(300, 300) = kBlank;
  const SmallImage small = smaller(image, 250, 1e-3);
  EXPECT_EQ(small.factor, 4u);
  EXPECT_EQ(small.n_x, 250u);
  EXPECT_FLOAT_EQ(small.pixels[175 * 250 + 125], 0.02f);
  EXPECT_FLOAT_EQ(small.pixels[25 * 250 + 25], -0.02f);
  EXPECT_TRUE(std::isfinite(small.pixels[75 * 250 + 75]));
  double sum = 0;
  for (const float value : small.pixels) sum += static_cast<double>(value * value);
  // Sixteen values each: a quarter of the noise; the two sources add 8e-4.
  EXPECT_NEAR(std::sqrt((sum - 8e-4) / 62500), 0.25e-3, 0.02e-3);
  EXPECT_FALSE(small.blank());
  EXPECT_EQ(smaller(image, 2000, 1e-3).factor, 1u);
}

TEST(GreyScale, RisesFromLowToHighAndHasRoundTics) {
  const GreyScale scale(0.6e-3);
  EXPECT_LT(scale.low(), scale.grey(0));
  EXPECT_EQ(scale.grey(-1), scale.low());
  EXPECT_EQ(scale.grey(1), scale.high());
  EXPECT_TRUE(std::isnan(scale.grey(std::nan(""))));
  EXPECT_EQ(scale.unit(), "mJy/beam");
  EXPECT_EQ(GreyScale(1).unit(), "Jy/beam");
  EXPECT_EQ(GreyScale(1e-6).unit(), "\xc2\xb5Jy/beam");
  const auto tics = parsed(scale.tics());
  EXPECT_GE(tics.size(), 5u);
  for (const auto& [label, place] : tics)
    EXPECT_NEAR(place, scale.grey(std::stod(label) * 1e-3), 1e-5) << label;
}

class Drawing : public testing::Test {
 protected:
  Drawing() { fs::create_directories(folder_); }
  ~Drawing() override { fs::remove_all(folder_); }
  // Width and height of a PNG that is one.
  std::array<int, 2> size() const {
    std::ifstream file(path_, std::ios::binary);
    unsigned char head[24] = {};
    file.read(reinterpret_cast<char*>(head), sizeof head);
    EXPECT_EQ(std::string(reinterpret_cast<char*>(head) + 1, 3), "PNG");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
    return {head[18] * 256 + head[19], head[22] * 256 + head[23]};
  }
  std::string folder_ = (fs::temp_directory_path() / fs::unique_path("drawing-%%%%%%%%")).string();
  std::string path_ = folder_ + "/2026-01-25T22:26:05-image's.png";
};

TEST_F(Drawing, OfAnImageIsAPng) {
  const fits::Image image = noise_at({0.01, 0.5}, 300, 20 * astro::kArcsec);
  Annotations annotations;
  annotations.title = "2026-01-25T22:26:05   science";
  annotations.verdict = "WARN: it's " + std::string(300, 'x');
  annotations.catalogue = {{0.01, 0.5}, {0.012, 0.501}, {3, -0.5}};
  annotations.detected = {{0.01, 0.5}};
  annotations.beam = &image;
  draw_image(path_, image, annotations);
  EXPECT_GT(size()[0], 900);
  EXPECT_GT(fs::file_size(path_), 100000u) << "noise does not compress";
}

TEST_F(Drawing, OfABlankOrEmptyImageIsStillOne) {
  fits::Image image = noise_at({0.01, 0.5}, 300, 20 * astro::kArcsec);
  image.beam.reset();
  image.pixels.assign(image.pixels.size(), kBlank);
  draw_image(path_, image, {});
  EXPECT_GT(size()[0], 900);
  draw_thumbnail(path_, image);
  EXPECT_EQ(size()[0], 256);
  image.pixels.assign(image.pixels.size(), 0);
  draw_image(path_, image, {});
  EXPECT_GT(size()[0], 900);
}

TEST_F(Drawing, ThumbnailIs256PixelsAndShowsTheSource) {
  fits::Image image = noise_at({0.01, 0.5}, 1000, 20 * astro::kArcsec);
  draw_thumbnail(path_, image);
  EXPECT_EQ(size(), (std::array<int, 2>{256, 256}));
}

}  // namespace
}  // namespace contimg::picture
