// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/image_stream.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>

#include "astro/constants.h"
#include "base/error.h"
#include "scratch.h"

namespace contimg::fits {
namespace {

constexpr int kNoAstropy = 77;

Image header_of(std::size_t n_x, std::size_t n_y) {
  Image image;
  image.n_x = n_x;
  image.n_y = n_y;
  image.wcs = Wcs::conic({6.2, 0.6}, 40 * astro::kArcsec).on_grid({-50, -20}, 1);
  image.unit = "Jy/beam";
  image.beam = Beam{120 * astro::kArcsec, 100 * astro::kArcsec, 0.2};
  image.frequency_hz = 1.4e9;
  image.start_mjd = 61065.25;
  image.duration_s = 600;
  image.cards = {{"NTILES", "12"}, {"MEMBERS", "'a, b'"}};
  image.history = {"make-mosaic"};
  return image;
}

std::vector<float> random_pixels(std::size_t n) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> pixels(n);
  for (float& pixel : pixels) pixel = normal(random);
  return pixels;
}

std::vector<float> piece_of(const std::vector<float>& pixels, std::size_t n_x, const Box& box) {
  std::vector<float> piece;
  for (std::size_t y = box.y0; y < box.y0 + box.n_y; ++y)
    for (std::size_t x = box.x0; x < box.x0 + box.n_x; ++x) piece.push_back(pixels[y * n_x + x]);
  return piece;
}

TEST(ImageWriter, PiecesInAnyOrderAreTheImageAndTheRestIsBlank) {
  const std::string path = scratch("pieces.fits");
  const Image header = header_of(70, 50);
  const std::vector<float> pixels = random_pixels(70 * 50);
  AtomicOutput output(path, this_process(0), true);
  ImageWriter writer(output, header);
  for (const Box& box : {Box{40, 20, 30, 30}, Box{0, 0, 25, 50}, Box{40, 0, 30, 20}})
    writer.write(box, piece_of(pixels, 70, box));
  writer.finish();
  EXPECT_FALSE(boost::filesystem::exists(path));
  output.commit();
  const Image back = read_image(path);
  for (std::size_t y = 0; y < 50; ++y)
    for (std::size_t x = 0; x < 70; ++x) {
      if (x >= 25 && x < 40)
        ASSERT_TRUE(std::isnan(back.at(x, y))) << x << ' ' << y;
      else
        ASSERT_EQ(back.at(x, y), pixels[y * 70 + x]) << x << ' ' << y;
    }
}

TEST(ImageWriter, HeaderIsThatOfAnImageWrittenWhole) {
  const Image header = header_of(30, 20);
  AtomicOutput output(scratch("stream.fits"), this_process(0), true);
  ImageWriter writer(output, header);
  writer.write({0, 0, 30, 20}, std::vector<float>(600, 0.5F));
  writer.finish();
  output.commit();
  const Image streamed = read_header(scratch("stream.fits"));
  EXPECT_TRUE(streamed.pixels.empty());
  EXPECT_EQ(streamed.n_x, 30U);
  EXPECT_EQ(streamed.n_y, 20U);
  EXPECT_EQ(streamed.unit, "Jy/beam");
  EXPECT_EQ(streamed.cards.at("NTILES"), "12");
  EXPECT_EQ(streamed.cards.at("MEMBERS"), "'a, b'");
  EXPECT_EQ(streamed.history, header.history);
  EXPECT_NEAR(streamed.beam->major_rad, header.beam->major_rad, 1e-12);
  EXPECT_NEAR(streamed.start_mjd, 61065.25, 1e-9);
  EXPECT_NEAR(streamed.frequency_hz, 1.4e9, 1e-3);
}

// A header that leaves no room in its last block must not push the pixels on when it is finished.
TEST(ImageWriter, PixelsStayWhereTheyAreHoweverLongTheHeader) {
  for (int n_line = 0; n_line < 40; ++n_line) {
    Image header = header_of(9, 7);
    header.history.assign(static_cast<std::size_t>(n_line), "a line");
    AtomicOutput output(scratch("long.fits"), this_process(0), true);
    ImageWriter writer(output, header);
    writer.write({3, 2, 1, 1}, {4.25F});
    writer.finish();
    output.commit();
    const Image back = read_image(scratch("long.fits"));
    ASSERT_EQ(back.at(3, 2), 4.25F) << n_line;
    ASSERT_TRUE(std::isnan(back.at(2, 2)) && std::isnan(back.at(8, 6))) << n_line;
  }
}

TEST(ImageWriter, AstropyReadsConicWithoutWarningAndFindsTheSamePlaces) {
  const std::string path = scratch("astropy.fits");
  for (const astro::Direction centre :
       {astro::Direction{0.001, 0.6}, astro::Direction{6.28, -0.5}, astro::Direction{3, 1.3},
        astro::Direction{1, 0}, astro::Direction{1, 75 * astro::kDegree}}) {
    Image header = header_of(30, 20);
    header.wcs = Wcs::conic(centre, 400 * astro::kArcsec).on_grid({-14, -9}, 1);
    AtomicOutput output(path, this_process(0), true);
    ImageWriter writer(output, header);
    writer.write({5, 5, 10, 10}, random_pixels(100));
    writer.finish();
    output.commit();
    std::ofstream places(scratch("places"));
    places.precision(16);
    for (std::size_t y = 0; y < 20; ++y)
      for (std::size_t x = 0; x < 30; ++x) {
        const auto place =
            header.wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
        ASSERT_TRUE(place);
        places << x << ' ' << y << ' ' << place->ra_rad / astro::kDegree << ' '
               << place->dec_rad / astro::kDegree << '\n';
      }
    places.close();
    // To 15 digits the header holds degrees; far from the apex of a flat cone that is 1e-5 pixel.
    const int status =
        std::system(("/usr/bin/python3 " CONTIMG_SOURCE_DIR "/tests/witness/fits_image.py '" +
                     path + "' 1e-5 < '" + scratch("places") + "'")
                        .c_str());
    if (WEXITSTATUS(status) == kNoAstropy) GTEST_SKIP() << "python3-astropy is not installed";
    EXPECT_EQ(status, 0) << centre.ra_rad << ' ' << centre.dec_rad;
  }
}

TEST(ImageWriter, BoxesThatAreNotInTheImageAreRefused) {
  AtomicOutput output(scratch("refused.fits"), this_process(0), true);
  ImageWriter writer(output, header_of(30, 20));
  EXPECT_THROW(writer.write({25, 0, 6, 1}, std::vector<float>(6)), std::invalid_argument);
  EXPECT_THROW(writer.write({0, 20, 1, 1}, std::vector<float>(1)), std::invalid_argument);
  EXPECT_THROW(writer.write({0, 0, 2, 2}, std::vector<float>(3)), std::invalid_argument);
}

TEST(ImageWriter, FullDiskIsTemporaryAndLeavesNoProduct) {
  const std::string path = scratch("full.fits");
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before = {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  {
    AtomicOutput output(path, this_process(0), true);
    Image header = header_of(300, 200);
    ImageWriter writer(output, header);
    struct rlimit small = before;
    small.rlim_cur = 100000;
    ::setrlimit(RLIMIT_FSIZE, &small);
    try {
      writer.write({0, 0, 300, 200}, std::vector<float>(60000));
      ADD_FAILURE() << "wrote beyond the limit";
    } catch (const TemporaryError& error) {
      EXPECT_NE(std::string(error.what()).find("full.fits: cannot be written"), std::string::npos);
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
  }
  EXPECT_FALSE(boost::filesystem::exists(path));
  EXPECT_TRUE(partials_of(path).empty());
}

// Calabretta & Greisen 2002, A&A 395, 1077, section 5.3.4, with eta = 0.
TEST(WcsConic, AgreesWithTheClosedForm) {
  const double pixel = 1e-4;
  for (const double dec0 : {75 * astro::kDegree, 0.28, -0.7, 0.001}) {
    const Wcs wcs = Wcs::conic({6.2, dec0}, pixel);
    const double c = std::sin(dec0);
    const auto radius = [&](double dec) {
      return std::pow(std::tan((astro::kPi / 2 - dec) / 2) / std::tan((astro::kPi / 2 - dec0) / 2),
                      c) /
             std::tan(dec0);
    };
    for (const double ra : {6.0, 6.2, 0.4}) {
      const astro::Direction place{ra, dec0 + 0.03};
      const double turn = c * std::remainder(ra - 6.2, 2 * astro::kPi);
      const auto found = wcs.pixel_of(place);
      ASSERT_TRUE(found);
      EXPECT_NEAR(found->x, -radius(place.dec_rad) * std::sin(turn) / pixel, 1e-6);
      EXPECT_NEAR(found->y, (radius(dec0) - radius(place.dec_rad) * std::cos(turn)) / pixel, 1e-6);
      const auto back = wcs.direction_at(*found);
      ASSERT_TRUE(back);
      EXPECT_LT(astro::separation_rad(*back, place), 1e-11);
    }
  }
}

TEST(WcsConic, HasAConeAtTheEquatorToo) {
  for (const double dec : {0.0, 1e-9, -1e-9}) {
    const Wcs wcs = Wcs::conic({1, dec}, 1e-5);
    const auto found = wcs.pixel_of({1.1, 0.01});
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->x, -0.1 / 1e-5, 1);
    EXPECT_LT(astro::separation_rad(*wcs.direction_at(*found), {1.1, 0.01}), 1e-10);
  }
}

TEST(Wcs, ManyAtOnceAreTheSameAsOneByOne) {
  const Wcs wcs = Wcs::orthographic({0.01, 1.2}, 100, 100, 0.02);
  std::vector<Pixel> pixels;
  for (double y = -5; y < 110; y += 7)
    for (double x = -5; x < 110; x += 7) pixels.push_back({x, y});
  const std::vector<astro::Direction> places = wcs.directions_at(pixels);
  const std::vector<Pixel> back = wcs.pixels_of(places);
  std::size_t n_nowhere = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto single = wcs.direction_at(pixels[i]);
    ASSERT_EQ(single.has_value(), std::isfinite(places[i].ra_rad));
    if (!single) {
      ++n_nowhere;
      EXPECT_FALSE(std::isfinite(back[i].x));
      continue;
    }
    EXPECT_EQ(single->ra_rad, places[i].ra_rad);
    EXPECT_EQ(single->dec_rad, places[i].dec_rad);
    EXPECT_NEAR(back[i].x, pixels[i].x, 1e-7);
  }
  EXPECT_GT(n_nowhere, 0U);
  EXPECT_LT(n_nowhere, pixels.size());
  EXPECT_FALSE(std::isfinite(wcs.pixels_of({{0.01 + astro::kPi, -1.2}})[0].x));
  EXPECT_TRUE(wcs.pixels_of({}).empty());
}

TEST(Wcs, OtherGridShowsTheSameSky) {
  const Wcs wcs = Wcs::conic({6.28, 0.5}, 1e-4), other = wcs.on_grid({-30.5, 12}, 4);
  const auto place = wcs.direction_at({-30.5 + 4 * 7, 12 + 4 * 3.5});
  EXPECT_NEAR(other.pixel_of(*place)->x, 7, 1e-9);
  EXPECT_NEAR(other.pixel_of(*place)->y, 3.5, 1e-9);
  EXPECT_NEAR(other.pixel_rad(), 4e-4, 1e-15);
}

}  // namespace
}  // namespace contimg::fits
