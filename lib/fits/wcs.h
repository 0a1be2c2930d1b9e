// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "astro/direction.h"

namespace contimg::fits {

/// A place in an image, counted from 0 at the middle of the first pixel (FITS counts from 1).
struct Pixel {
  double x = 0, y = 0;
};

/// A keyword of a FITS header and what it says.
struct Card {
  std::string keyword;
  std::variant<double, std::string> value;
  std::string comment;
};

/// Which pixel shows which place of the sky, by wcslib: any projection that FITS knows. Copies are
/// cheap and independent; one object serves one thread at a time.
class Wcs {
 public:
  /// None: every place is nowhere.
  Wcs();
  /// Orthographic (SIN), as synthesis images are: `centre` (ICRS) at pixel (n_x / 2, n_y / 2), north
  /// up, east left, square pixels of `pixel_rad`.
  static Wcs orthographic(const astro::Direction& centre, std::size_t n_x, std::size_t n_y,
                          double pixel_rad);
  /// Conformal conic (COO), as long strips of declination are: true along the parallel of `centre`,
  /// which is at pixel (0, 0), where north is up, east left. A parallel within 0.01 degrees of the
  /// equator, where the cone has no apex, is put at 0.01 degrees.
  static Wcs conic(const astro::Direction& centre, double pixel_rad);
  /// From the cards of a FITS header (80 characters each, no separators). A header that does not
  /// name its frame, or names FK5 of 2000, is taken for ICRS (they agree within 0.03 arcsec).
  /// Throws DataError naming `path` when axes 1 and 2 are not right ascension and declination.
  static Wcs from_header(const std::string& header, const std::string& path);
  ~Wcs();
  Wcs(const Wcs& other);
  Wcs& operator=(const Wcs& other);
  Wcs(Wcs&&) noexcept;
  Wcs& operator=(Wcs&&) noexcept;

  /// Nothing where the sky is not in the projection.
  std::optional<Pixel> pixel_of(const astro::Direction& icrs) const;
  /// Nothing outside the sphere (corners of an all-sky image). RA in [0, 2 pi).
  std::optional<astro::Direction> direction_at(const Pixel& pixel) const;

  /// Many at once, as above; NaN where there is nothing.
  std::vector<Pixel> pixels_of(const std::vector<astro::Direction>& icrs) const;
  std::vector<astro::Direction> directions_at(const std::vector<Pixel>& pixels) const;

  /// The same sky on pixels that are `step` times as far apart, the first of them at `first`.
  Wcs on_grid(const Pixel& first, double step) const;

  /// CRVAL, RA in [0, 2 pi).
  astro::Direction centre() const;
  /// Side of a pixel at the reference point, rad (geometric mean of the two axes).
  double pixel_rad() const;
  /// The celestial axes as a header has them (axes 1 and 2, with frame and pole); empty for none.
  std::vector<Card> cards() const;

 private:
  class Implementation;
  explicit Wcs(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::fits
