// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "mosaic/coadd.h"
#include "mosaic/window.h"

namespace contimg::mosaic {

/// Writes squares that are finished, and keeps what is to be told of all of them.
class WindowOutput {
 public:
  WindowOutput(const Grid& grid, const CoaddOutputs& outputs);

  /// Turns sums into the maps and writes those that have a writer.
  void write(const WindowBlock& block);
  /// Fills in n_pixel, noise_ratio and the overviews.
  void report(CoaddReport& report) const;

 private:
  // What one pixel of the overview stands for.
  struct Cell {
    double sum = 0, rms = 0;
    float extreme = 0;   // Jy/beam
    float contrast = 0;  // of it, in local rms
    std::size_t n = 0;
  };
  void count(std::size_t x, std::size_t y, float value, float rms);
  double quantile(double share) const;

  Grid grid_;
  CoaddOutputs outputs_;
  std::size_t factor_, n_x_;  // of the overview
  std::vector<Cell> cells_;
  std::vector<std::size_t> histogram_;  // of value / rms
  std::size_t n_pixel_ = 0, n_counted_ = 0;
};

}  // namespace contimg::mosaic
