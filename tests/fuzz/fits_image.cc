// SPDX-License-Identifier: GPL-3.0-or-later
// FITS images, their header and WCS (lib/fits). Bytes as they are, or lines of a header: fits_text.h.
#include <cmath>

#include "fits/image.h"
#include "fits_text.h"
#include "harness.h"

using namespace contimg;

namespace {

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-9 * std::abs(a) + 1e-12;
}

void check_image(const fits::Image& image) {
  fuzz::require(image.n_x > 0 && image.n_y > 0 && image.pixels.size() == image.n_x * image.n_y,
                "an image has its pixels");
  if (image.beam)
    fuzz::require(std::isfinite(image.beam->area_sr()) && image.beam->area_sr() > 0,
                  "a beam has an area");
  fuzz::require(!std::isinf(image.frequency_hz), "a frequency is finite or unknown");
}

// What was read can be written, and is then the same.
void check_writing(const fits::Image& image) {
  const std::string path = fuzz::folder() + "/again.fits";
  fits::write_image(path, image);
  fits::Image again;
  fuzz::require(fuzz::accepts(path, [&] { again = fits::read_image(path); }),
                "an image that was written can be read");
  fuzz::require(again.n_x == image.n_x && again.n_y == image.n_y, "its size is the same");
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    fuzz::require(image.pixels[i] == again.pixels[i] ||
                      (std::isnan(image.pixels[i]) && std::isnan(again.pixels[i])),
                  "its pixels are the same");
  fuzz::require(image.beam.has_value() == again.beam.has_value(), "its beam is the same");
  fuzz::require(same(image.frequency_hz, again.frequency_hz), "its frequency is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes =
      fuzz::fits_of_text(std::string(reinterpret_cast<const char*>(data), size));
  const std::string path = fuzz::write_file("image.fits", bytes);
  fuzz::isolated("libcfitsio", data, size, [&] {
    fits::Image image;
    if (!fuzz::accepts(path, [&] { image = fits::read_image(path); })) return;
    check_image(image);
    if (image.pixels.size() < 10000) check_writing(image);
  });
  return 0;
}
