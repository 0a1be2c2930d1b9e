// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "fits/image.h"

namespace contimg::image {

/// How noisy an image is from place to place: 1.4826 MAD of squares of pixels.
class RmsMesh {
 public:
  /// A square that is more than half blank has none.
  RmsMesh(const fits::Image& image, std::size_t side);
  /// Squares of 16 beams, 32 to 256 pixels.
  static std::size_t usual_side(const fits::Image& image);

  /// Of the squares that have one, in no order.
  std::vector<double> known() const;
  /// Bilinear between the middles of squares, the nearest one's beyond them. A square without takes
  /// the median of all; NaN when none has one.
  std::vector<float> map() const;

 private:
  std::size_t n_x_, n_y_, side_, columns_, rows_;
  std::vector<double> rms_;  // [row, column], NaN for none
};

}  // namespace contimg::image
