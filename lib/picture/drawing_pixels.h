// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"

namespace contimg::picture {

/// An image made small enough to be looked at.
struct SmallImage {
  std::size_t n_x = 0, n_y = 0;
  std::size_t factor = 1;     ///< Pixels of the image that one stands for, in each direction.
  std::vector<float> pixels;  ///< [y, x]
  bool blank() const;
};

/// At most `most` pixels on a side, each the mean of factor x factor that are not blank, or the
/// most extreme of them when that is above 5 `rms`, so that point sources stay what they are.
SmallImage smaller(const fits::Image& image, std::size_t most, double rms);

/// The scale of greys: asinh(value / (softening rms)), which is linear in the noise.
class GreyScale {
 public:
  explicit GreyScale(double rms_jy) : rms_jy_(rms_jy) {}
  double low() const { return grey(kLow * rms_jy_); }
  double high() const { return grey(kHigh * rms_jy_); }
  /// NaN stays; what is beyond the ends is at the ends.
  double grey(double value_jy) const;
  /// gnuplot's tics of a colour bar: round flux densities, in the unit named.
  std::string tics() const;
  std::string unit() const;  ///< "Jy/beam", "mJy/beam" or "uJy/beam" with a Greek mu.

 private:
  static constexpr double kLow = -2.5, kHigh = 30;
  double unit_jy() const;
  double rms_jy_;
};

}  // namespace contimg::picture
