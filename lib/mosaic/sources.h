// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "mosaic/strip.h"

/// Sources of the catalogue that lie in two tiles or more, measured once more in the mosaic.
namespace contimg::mosaic {

constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

/// A row of `-sources.csv`.
struct OverlapSource {
  std::string name;
  astro::Direction position;  ///< The catalogue's, ICRS.
  std::size_t n_tile = 0;     ///< Members that see it.
  double flux_jy = kNotKnown, error_jy = kNotKnown, snr = kNotKnown;
  double rms_jy = kNotKnown;    ///< Of the mosaic's rms map there.
  double limit_jy = kNotKnown;  ///< Upper limit, where the reason says that there is one.
  double catalogue_flux_jy = kNotKnown;
  double east_rad = kNotKnown, north_rad = kNotKnown;  ///< Peak minus catalogue, of detections.
  bool blended = false;                                ///< Measured together with a neighbour.
  bool isolated = false;  ///< No other of a tenth its catalogue flux density within 3 beams.
  bool edge = false;      ///< Blank pixels or the image's border are within two beams.
  bool poor_fit = false;  ///< What is left is more than noise.
  std::string reason;     ///< Why there is a limit, or nothing; empty: detected.

  bool measured() const { return flux_jy == flux_jy; }
  std::string flags() const;  ///< Words, joined with blanks.
};

struct OverlapSettings {
  std::string catalogue;  ///< Path; empty: none is measured.
  double beam_floor =
      0.1;  ///< A tile sees a source where its primary beam is this and its rms known.
  double limit_sigma = 3;
  std::size_t n_thread = 2;
  std::function<void()> check;  ///< Called between steps; throws to stop.
};

/// Catalogue sources in two tiles or more, by name, each with its n_tile and catalogue flux density.
/// Reads the tiles' `-pb.fits` and `-rms.fits` at those places only.
/// Throws DataError as skymodel::Catalogue and fits::BoxReader.
std::vector<OverlapSource> sources_in_overlap(const std::vector<TileHeader>& tiles,
                                              const OverlapSettings& settings);

/// Measures them: forced photometry with the beam as it lies there (north is not up away from the
/// middle of a strip), in boxes of the image, so that memory does not grow with the strip. The error
/// is that of the noise measured around the source or of the rms map, whichever is larger.
/// Given: the mosaic's image and rms map, `beam` its restoring beam.
void measure_sources(const std::string& image_path, const std::string& rms_path,
                     const fits::Beam& beam, const OverlapSettings& settings,
                     std::vector<OverlapSource>& sources);

/// The table as CSV: docs/formats/mosaic.md.
std::string csv_of(const std::vector<OverlapSource>& sources);

}  // namespace contimg::mosaic
