// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/image.h"

#include <array>
#include <cmath>
#include <stdexcept>

#include "astro/constants.h"
#include "fits/header.h"

namespace contimg::fits {
namespace {

void read_pixels(const File& file, Image& image) {
  int status = 0, n_axis = 0;
  fits_get_img_dim(file.raw(), &n_axis, &status);
  std::vector<long> first(static_cast<std::size_t>(n_axis), 1);
  image.pixels.resize(image.n_x * image.n_y);
  float blank = std::numeric_limits<float>::quiet_NaN();
  int any_blank = 0;
  fits_read_pix(file.raw(), TFLOAT, first.data(), static_cast<LONGLONG>(image.pixels.size()),
                &blank, image.pixels.data(), &any_blank, &status);
  file.check(status, "its pixels cannot be read");
  blank_infinities(image.pixels);
}

}  // namespace

double Beam::area_sr() const { return astro::kPi * major_rad * minor_rad / (4 * std::log(2.0)); }

std::string Image::card_text(const std::string& keyword) const {
  const auto card = cards.find(keyword);
  if (card == cards.end()) return "";
  std::string text = card->second;
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    text = text.substr(1, text.size() - 2);
  const std::size_t end = text.find_last_not_of(' ');
  return end == std::string::npos ? "" : text.substr(0, end + 1);
}

Image read_image(const std::string& path) {
  const File file = File::open(path);
  Image image = read_header(file, path);
  read_pixels(file, image);
  return image;
}

void write_image(const AtomicOutput& product, const Image& image) {
  if (image.pixels.size() != image.n_x * image.n_y || image.pixels.empty())
    throw std::invalid_argument("an image of " + std::to_string(image.pixels.size()) + " pixels");
  File file = File::create(product.path(), product.final_path());
  create_image(file, image);
  Extrema extrema;
  extrema.include(image.pixels);
  write_header(file, image, extrema);
  std::array<long, 4> first = {1, 1, 1, 1};
  int status = 0;
  fits_write_pix(file.raw(), TFLOAT, first.data(), static_cast<LONGLONG>(image.pixels.size()),
                 const_cast<float*>(image.pixels.data()), &status);
  fits_write_chksum(file.raw(), &status);
  file.check(status, "its pixels cannot be written");
  file.close();
}

void write_image(const std::string& path, const Image& image) {
  AtomicOutput output(path, this_process(0), true);
  write_image(output, image);
  output.commit();
}

}  // namespace contimg::fits
