// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/blind.h"
#include "photometry/dirty_beam.h"

namespace contimg::photometry {

/// An image of which more was cleaned.
struct Finished {
  std::vector<float> image, residual;
  std::vector<Component> components;  ///< The old ones first.
  std::size_t n_source = 0;           ///< Sources of which something was left in the residual,
  double flux = 0;                    ///< and how much together, in the image's unit.

  CleanedImage view(const CleanedImage& of) const {
    return {Plane(image.data(), of.image.n_x, of.image.n_y),
            Plane(residual.data(), of.image.n_x, of.image.n_y), *of.dirty_beam, components};
  }
};

/// Cleans on where cleaning stopped: what is left of a source, where the residual stands out by the
/// seed's level, is measured as forced_fluxes() does and exchanged for the restoring beam's shape, out
/// to 20 beams. Sidelobes of such sources are neither measured nor found afterwards. As in cleaning
/// only the highest peak within 3 beams is taken in one round, of those down to half of the largest:
/// the others may be its sidelobes. At most 16 rounds.
///
/// Given: an image with a residual. Noise and background are those of the residual as it was.
Finished finish_cleaning(const CleanedImage& image, const Background& background,
                         const NoiseCorrelation& noise, const Ellipse& beam,
                         const BlindSettings& settings = {});

}  // namespace contimg::photometry
