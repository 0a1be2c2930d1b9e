// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/plane.h"

namespace contimg::photometry {

/// What a point source looks like before it is cleaned: the dirty beam (point spread function), an
/// image whose height at pixel (n_x / 2, n_y / 2) is 1. The pixels are somebody else's.
class DirtyBeam {
 public:
  explicit DirtyBeam(const Plane& plane) : plane_(plane) {}

  /// Between pixels by Lagrange's polynomials through 8 pixels along each axis: to 0.05 % of the peak
  /// for a core of 4 pixels, half-way between two (cubic ones lose 0.6 %). 0 outside the image.
  double at(double dx, double dy) const;
  /// The same at dx, dx + 1, dx + 2, ...
  void row(double dx, double dy, std::size_t n, std::vector<double>& out) const;
  /// At whole pixels.
  double at_pixel(std::ptrdiff_t dx, std::ptrdiff_t dy) const {
    const auto x = static_cast<std::ptrdiff_t>(plane_.n_x / 2) + dx;
    const auto y = static_cast<std::ptrdiff_t>(plane_.n_y / 2) + dy;
    const bool inside = x >= 0 && y >= 0 && x < static_cast<std::ptrdiff_t>(plane_.n_x) &&
                        y < static_cast<std::ptrdiff_t>(plane_.n_y);
    return inside ? static_cast<double>(
                        plane_.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y)))
                  : 0;
  }

 private:
  Plane plane_;
};

/// A point that was cleaned.
struct Component {
  double x = 0, y = 0, flux = 0;
};
/// The pixels of a model that are not 0.
std::vector<Component> components_of(const Plane& model);

/// An image as cleaning leaves it: components, shown with the restoring beam, on the residual. With
/// residual, dirty beam and components at hand a source is measured in what the data say (forced.h);
/// without them in the image as it is.
struct CleanedImage {
  Plane image;     ///< Both together.
  Plane residual;  ///< On the same grid.
  const DirtyBeam* dirty_beam = nullptr;
  const std::vector<Component>* components = nullptr;

  CleanedImage(const Plane& only_image) : image(only_image) {}  // NOLINT: stands for it
  CleanedImage(const Plane& both, const Plane& left, const DirtyBeam& beam,
               const std::vector<Component>& cleaned)
      : image(both), residual(left), dirty_beam(&beam), components(&cleaned) {}
  bool layered() const { return dirty_beam != nullptr; }
  /// What holds the noise and little else.
  const Plane& noise() const { return layered() ? residual : image; }
};

}  // namespace contimg::photometry
