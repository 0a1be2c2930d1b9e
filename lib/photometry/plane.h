// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "base/span.h"
#include "fits/image.h"

/// From pixels to numbers: noise, forced photometry, blind search. No files, no catalogues.
namespace contimg::photometry {

/// The pixels of an image that somebody else owns: [y, x], NaN where blank.
struct Plane {
  const float* pixels = nullptr;
  std::size_t n_x = 0, n_y = 0;

  Plane() = default;
  Plane(const float* pixels_given, std::size_t n_x_given, std::size_t n_y_given)
      : pixels(pixels_given), n_x(n_x_given), n_y(n_y_given) {}
  explicit Plane(const fits::Image& image) : Plane(image.pixels.data(), image.n_x, image.n_y) {}

  float at(std::size_t x, std::size_t y) const { return pixels[y * n_x + x]; }
  bool holds(double x, double y) const {
    return x > -0.5 && y > -0.5 && x < static_cast<double>(n_x) - 0.5 &&
           y < static_cast<double>(n_y) - 0.5;
  }
};

/// A Gaussian of height 1 at so many of its full widths at half maximum from its middle.
double gaussian_level(double widths);

/// An elliptical Gaussian of height 1 on the grid of pixels, with y northwards and x westwards.
struct Ellipse {
  double major_px = 0, minor_px = 0;  ///< Full widths at half maximum.
  double angle_rad = 0;               ///< Of the major axis, from y (north) towards -x (east).

  /// exp(-(p dx^2 + 2 q dx dy + r dy^2) / 2)
  struct Form {
    double p = 0, q = 0, r = 0;
    double exponent(double dx, double dy) const {
      return -0.5 * (p * dx * dx + 2 * q * dx * dy + r * dy * dy);
    }
    double operator()(double dx, double dy) const { return std::exp(exponent(dx, dy)); }
  };
  Form form() const;
  /// The other way round. Given: a form that falls off in all directions.
  static Ellipse from(const Form& form);
  double mean_px() const { return std::sqrt(major_px * minor_px); }
  /// Integral over the peak, pixels: pi a b / (4 ln 2).
  double area_px() const;
  /// Half of what a box needs to hold all places where the Gaussian is above `level` (0 to 1).
  double half_width_px(double level) const;
  double half_height_px(double level) const;
};

/// The restoring beam in pixels. Throws std::invalid_argument when the image has none.
Ellipse beam_of(const fits::Image& image);

}  // namespace contimg::photometry
