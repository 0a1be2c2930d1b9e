// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <vector>

#include "fits/image_stream.h"

namespace contimg::mosaic {

/// Where the pixels of a box of one image lie in another, in its pixels.
///
/// wcslib is asked at nodes some pixels apart and cubic polynomials go through them (tensor product
/// of Lagrange's, four nodes along each axis). The middle of each cell, where these are worst, is
/// compared with wcslib: nodes are put closer until at most one cell in 100 is off by more than
/// a millionth of a pixel, and each pixel of those that still are is asked for on its own.
///
/// Unchanging once made: several threads may ask.
class ResamplePositions {
 public:
  /// From pixels of `box`, in `from`, to those of `to`.
  ResamplePositions(const fits::Wcs& from, const fits::Wcs& to, const fits::Box& box);

  /// Places of pixels x0 <= x < x0 + n of row y, all of the box. NaN for what is nowhere.
  void row(std::size_t y, std::size_t x0, std::size_t n, double* x, double* y_to) const;

  std::size_t cell() const { return cell_; }  ///< Pixels between nodes.

 private:
  // A row of nodes' coefficients at one y.
  struct NodeRow {
    std::vector<double> x, y;
  };
  bool lay_nodes(const fits::Wcs& from, const fits::Wcs& to);
  NodeRow nodes_at(double y, std::size_t first, std::size_t n) const;

  fits::Box box_;
  std::size_t cell_ = 0, n_cell_x_ = 0, n_cell_y_ = 0, n_node_x_ = 0;
  std::vector<fits::Pixel> nodes_;                         // [y, x], from one before the box
  std::map<std::size_t, std::vector<fits::Pixel>> cells_;  // of pixels asked for singly
};

}  // namespace contimg::mosaic
