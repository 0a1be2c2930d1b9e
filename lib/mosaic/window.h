// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "fits/image_stream.h"

namespace contimg::mosaic {

/// Sums of a square of the mosaic: sum(w), sum(w I / B). [y, x] of its box.
struct WindowBlock {
  fits::Box box;
  std::vector<double> weight, weighted;
};

/// The part of a mosaic that is being added to: squares of 512 pixels, made when a tile first
/// touches them and given away when none can any more.
class Window {
 public:
  static constexpr std::size_t kSide = 512;

  Window(std::size_t n_x, std::size_t n_y) : n_x_(n_x), n_y_(n_y) {}

  /// The squares that a box touches, made where they are not there. Valid until they are taken.
  std::vector<WindowBlock*> touched(const fits::Box& box);
  /// Takes out the squares that none of these boxes touches.
  std::vector<WindowBlock> finished(const std::vector<fits::Box>& to_come);

  std::size_t n_pixel() const { return n_pixel_; }  ///< Held now.

 private:
  std::size_t n_x_, n_y_, n_pixel_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, WindowBlock> blocks_;  // by column, then row
};

/// What two boxes share; of size 0 when nothing.
fits::Box shared(const fits::Box& a, const fits::Box& b);

}  // namespace contimg::mosaic
