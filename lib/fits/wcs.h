// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "astro/direction.h"

namespace contimg::fits {

/// A place in an image, counted from 0 at the middle of the first pixel (FITS counts from 1).
struct Pixel {
  double x = 0, y = 0;
};

/// Which pixel shows which place of the sky, by wcslib: any projection that FITS knows. Copies are
/// cheap and independent; one object serves one thread at a time.
class Wcs {
 public:
  Wcs();
  /// Orthographic (SIN), as synthesis images are: `centre` (ICRS) at pixel (n_x / 2, n_y / 2), north
  /// up, east left, square pixels of `pixel_rad`.
  static Wcs orthographic(const astro::Direction& centre, std::size_t n_x, std::size_t n_y,
                          double pixel_rad);
  /// From the cards of a FITS header (80 characters each, no separators). Throws DataError naming
  /// `path` when there are no celestial axes.
  static Wcs from_header(const std::string& header, const std::string& path);
  ~Wcs();
  Wcs(const Wcs& other);
  Wcs& operator=(const Wcs& other);
  Wcs(Wcs&&) noexcept;
  Wcs& operator=(Wcs&&) noexcept;

  /// Nothing where the sky is not in the projection.
  std::optional<Pixel> pixel_of(const astro::Direction& icrs) const;
  /// Nothing outside the sphere (corners of an all-sky image).
  std::optional<astro::Direction> direction_at(const Pixel& pixel) const;

  /// CRVAL.
  astro::Direction centre() const;
  /// Side of a pixel at the reference point, rad (geometric mean of the two axes).
  double pixel_rad() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::fits
