// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/atomic_output.h"
#include "fits/wcs.h"

/// Images of the sky as FITS files; the only user of wcslib, and of cfitsio for images.
namespace contimg::fits {

/// The restoring beam: an elliptical Gaussian.
struct Beam {
  double major_rad = 0, minor_rad = 0;  ///< Full widths at half maximum.
  double position_angle_rad = 0;        ///< Of the major axis, north through east.
  /// Integral of the beam over its peak, steradian: pi a b / (4 ln 2).
  double area_sr() const;
};

/// One plane of the sky: one Stokes parameter, one band.
struct Image {
  std::size_t n_x = 0, n_y = 0;
  std::vector<float> pixels;  ///< [y, x], y northwards, x westwards as usual; NaN where blank.
  Wcs wcs;
  std::optional<Beam> beam;  ///< BMAJ, BMIN, BPA.
  std::string unit;          ///< BUNIT: "Jy/beam", or "" for pure numbers.
  double frequency_hz = std::numeric_limits<double>::quiet_NaN();  ///< Middle of the band.
  double bandwidth_hz = std::numeric_limits<double>::quiet_NaN();
  std::string object, telescope;                                ///< OBJECT, TELESCOP.
  double start_mjd = std::numeric_limits<double>::quiet_NaN();  ///< DATE-OBS, UTC.
  double duration_s = 0;                                        ///< EXPTIME.
  /// Further cards by keyword (at most 8 letters), as they are to stand in the header: text in
  /// single quotes (one inside doubled), numbers and T or F without. Read back with the quotes.
  /// Never what the fields above stand for. A number that is not finite is not written.
  std::map<std::string, std::string> cards;
  std::vector<std::string> history;

  /// What a card of `cards` says, a text without its quotes; empty when there is none.
  std::string card_text(const std::string& keyword) const;

  float at(std::size_t x, std::size_t y) const { return pixels[y * n_x + x]; }
  float& at(std::size_t x, std::size_t y) { return pixels[y * n_x + x]; }
};

/// Reads the first plane of the primary image. Degenerate axes (FREQ, STOKES) may be there or not.
/// Throws DataError naming the file when it is no FITS image or has no celestial WCS. No beam and
/// no unit are left empty: whoever needs them says so.
Image read_image(const std::string& path);

/// Writes `path` whole or not at all (AtomicOutput), axes RA, DEC, FREQ, STOKES, with DATAMIN and
/// DATAMAX, checksums, and HISTORY (wrapped, ASCII). Replaces an older file. Throws TemporaryError
/// for the disk.
void write_image(const std::string& path, const Image& image);

/// The same into a product that the caller commits, so that several appear together.
void write_image(const AtomicOutput& product, const Image& image);

}  // namespace contimg::fits
