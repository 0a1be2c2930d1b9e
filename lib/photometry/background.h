// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/plane.h"

namespace contimg::photometry {

struct BackgroundSettings {
  /// Side of the squares in which noise is measured, in beams (mean of the two widths): so many
  /// that a source's own pixels are few among them, so few that changes over the image are followed.
  double window_beams = 24;
  double clip_sigma = 3;
  std::size_t n_thread = 2;
};

/// Level and rms of an image from place to place: median and 1.4826 MAD of what is left in squares
/// when outliers (sources) are clipped, again and again; squares overlap by half, and between their
/// middles both are interpolated bilinearly.
///
/// A square of which less than a quarter is not blank takes the mean of its neighbours. The rms is
/// never 0: in an image without noise it is a millionth of the largest value.
class Background {
 public:
  Background(const Plane& plane, const Ellipse& beam, const BackgroundSettings& settings = {});

  /// False when no square had anything in it; then all below is NaN.
  bool known() const { return known_; }
  double level(double x, double y) const { return between(level_, x, y); }
  double rms(double x, double y) const { return between(rms_, x, y); }
  /// One row of pixels; `out` has n_x values.
  void level_row(std::size_t y, float* out) const { row(level_, y, out); }
  void rms_row(std::size_t y, float* out) const { row(rms_, y, out); }
  /// [y, x]
  std::vector<float> rms_map(std::size_t n_thread = 2) const;
  /// The squares' rms, in ascending order.
  std::vector<double> square_rms() const;
  /// Median of the squares' rms.
  double median_rms() const;

 private:
  struct Node {
    double level, rms;
  };
  Node measure(const Plane& plane, std::size_t column, std::size_t row, double clip_sigma) const;
  void fill(std::vector<float>& values) const;
  double between(const std::vector<float>& nodes, double x, double y) const;
  void row(const std::vector<float>& nodes, std::size_t y, float* out) const;

  std::size_t n_x_, n_y_;
  std::size_t step_ = 0, stride_ = 1;  // pixels between middles of squares; between samples
  std::size_t columns_ = 0, rows_ = 0;
  std::vector<float> level_, rms_;  // [row, column]
  bool known_ = false;
};

}  // namespace contimg::photometry
