// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "fits/image.h"
#include "measure/measurement.h"

namespace contimg::measure {

/// The images of one group, as image-ms writes them side by side (docs/formats/image.md).
struct TileImages {
  std::string path;                     ///< Of the image that is measured.
  fits::Image image;                    ///< Jy/beam, not beam corrected.
  fits::Image beam;                     ///< Response of the primary beam on the same grid.
  std::optional<fits::Image> smearing;  ///< What smearing leaves; a grid of its own.
  /// What cleaning left, what it cleaned, and the dirty beam, on the image's grid; all or none.
  std::optional<fits::Image> residual, model, dirty_beam;
  Epoch epoch;  ///< What the headers say.
};

/// Reads `<stem>-image.fits`, `<stem>-pb.fits` and `<stem>-smearing.fits` (without which nothing is
/// corrected for smearing; logged), `<stem>-residual.fits`, `-model.fits` and `-psf.fits` (without which
/// all is taken for cleaned; logged).
///
/// Throws DataError, naming the file and what to do, when the image has another unit than Jy/beam,
/// no beam, no WCS, or nothing but blanks, when there is no `-pb.fits`, or one of
/// those on the image's grid has another.
TileImages read_tile(const std::string& image_path);

/// Throws DataError when the headers say that the image is not for science or failed its quality.
void require_science(const Epoch& epoch);

}  // namespace contimg::measure
