// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/box_reader.h"

#include <cmath>
#include <stdexcept>

#include "fits/header.h"

namespace contimg::fits {

class BoxReader::Implementation {
 public:
  explicit Implementation(const std::string& path)
      : file_(File::open(path)), header_(read_header(file_, path)) {
    int status = 0;
    fits_get_img_dim(file_.raw(), &n_axis_, &status);
    file_.check(status, "its header cannot be read");
  }

  const Image& header() const { return header_; }

  std::vector<float> read(const Box& box) const {
    if (box.n_x == 0 || box.n_y == 0 || box.x0 + box.n_x > header_.n_x ||
        box.y0 + box.n_y > header_.n_y)
      throw std::invalid_argument("a box that is not in the image");
    std::vector<long> first(static_cast<std::size_t>(n_axis_), 1), step = first;
    first[0] = static_cast<long>(box.x0) + 1;
    first[1] = static_cast<long>(box.y0) + 1;
    std::vector<long> last = first;
    last[0] = static_cast<long>(box.x0 + box.n_x);
    last[1] = static_cast<long>(box.y0 + box.n_y);
    std::vector<float> pixels(box.n_x * box.n_y);
    float blank = std::numeric_limits<float>::quiet_NaN();
    int status = 0, any_blank = 0;
    fits_read_subset(file_.raw(), TFLOAT, first.data(), last.data(), step.data(), &blank,
                     pixels.data(), &any_blank, &status);
    file_.check(status, "its pixels cannot be read");
    blank_infinities(pixels);
    return pixels;
  }

 private:
  File file_;
  Image header_;
  int n_axis_ = 2;
};

BoxReader::BoxReader(const std::string& path)
    : implementation_(std::make_unique<Implementation>(path)) {}
BoxReader::~BoxReader() = default;

const Image& BoxReader::header() const { return implementation_->header(); }
std::vector<float> BoxReader::read(const Box& box) const { return implementation_->read(box); }

float BoxReader::nearest(const astro::Direction& place) const {
  const Image& image = header();
  const auto pixel = image.wcs.pixel_of(place);
  if (!pixel) return std::numeric_limits<float>::quiet_NaN();
  const double x = std::round(pixel->x), y = std::round(pixel->y);
  if (!(x >= 0 && y >= 0 && x < static_cast<double>(image.n_x) &&
        y < static_cast<double>(image.n_y)))
    return std::numeric_limits<float>::quiet_NaN();
  return read({static_cast<std::size_t>(x), static_cast<std::size_t>(y), 1, 1}).front();
}

}  // namespace contimg::fits
