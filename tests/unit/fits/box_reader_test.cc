// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/box_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "astro/constants.h"
#include "base/error.h"
#include "fits/amend.h"
#include "scratch.h"

namespace contimg::fits {
namespace {

Image numbered() {
  Image image;
  image.n_x = 40;
  image.n_y = 30;
  for (std::size_t i = 0; i < 1200; ++i) image.pixels.push_back(static_cast<float>(i));
  image.pixels[41] = std::nanf("");
  image.wcs = Wcs::orthographic({1, 0.5}, 40, 30, 20 * astro::kArcsec);
  image.unit = "Jy/beam";
  image.cards["QAVERD"] = "'UNKNOWN'";
  image.history = {"first", "second"};
  return image;
}

TEST(BoxReader, GivesThePixelsOfABoxAndNoOthers) {
  const std::string path = scratch("box.fits");
  write_image(path, numbered());
  const BoxReader reader(path);
  EXPECT_EQ(reader.header().n_x, 40u);
  EXPECT_EQ(reader.read({3, 5, 2, 3}), (std::vector<float>{203, 204, 243, 244, 283, 284}));
  EXPECT_TRUE(std::isnan(reader.read({1, 1, 1, 1})[0]));
  EXPECT_EQ(reader.read({0, 0, 40, 30}).size(), 1200u);
  EXPECT_THROW(reader.read({39, 0, 2, 1}), std::invalid_argument);
  EXPECT_THROW(BoxReader(scratch("none.fits")), DataError);
}

TEST(BoxReader, FindsThePixelNearestToAPlace) {
  const std::string path = scratch("nearest.fits");
  write_image(path, numbered());
  const BoxReader reader(path);
  EXPECT_EQ(reader.nearest({1, 0.5}), 15 * 40 + 20);
  EXPECT_EQ(reader.nearest({1, 0.5 + 31 * astro::kArcsec}), 17 * 40 + 20);
  EXPECT_TRUE(std::isnan(reader.nearest({1, 0.6})));
  EXPECT_TRUE(std::isnan(reader.nearest({4, -0.5})));
}

TEST(AmendHeader, ReplacesCardsAndHistoryAndLeavesPixels) {
  const std::string path = scratch("amended.fits");
  AtomicOutput product(path, this_process(0), false);
  const Image image = numbered();
  write_image(product, image);
  std::vector<std::string> history(100,
                                   "a line of a history that does not fit into the old header");
  amend_header(product, {{"QAVERD", "PASS", ""}, {"BEAMDEV", 1.25, "new"}}, history);
  product.commit();
  const Image amended = read_image(path);
  EXPECT_EQ(amended.cards.at("QAVERD"), "'PASS'");
  EXPECT_DOUBLE_EQ(std::stod(amended.cards.at("BEAMDEV")), 1.25);
  EXPECT_EQ(amended.history, history);
  ASSERT_EQ(amended.pixels.size(), image.pixels.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    if (i != 41) {
      EXPECT_EQ(amended.pixels[i], image.pixels[i]);
    }
}

}  // namespace
}  // namespace contimg::fits
