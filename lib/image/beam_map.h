// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fits/image.h"
#include "image/imaging_set.h"

namespace contimg::image {

/// The group's primary beam: the mean over its integrations and channels, weighted as the data are,
/// of the power response astro::airy_power() about each integration's pointing. A drift group's
/// pointings move, so that its beam is below 1 at the centre; a phased one's stand still. Where no
/// pointing is known the dishes point at the phase centre.
///
/// Given: what was averaged; the image's grid. Returned: an image of pure numbers from 0 to 1 on that
/// grid, without NaN: 0 outside the sphere. Right to 1e-5 (test): the mean over channels is tabulated
/// against the separation, and the mean over integrations is interpolated (cubic) between points a
/// sixtieth of lambda / D apart.
///
/// Throws DataError naming `path`, the Measurement Set, when its antennas have no diameter.
fits::Image beam_map(const std::string& path, const ImagingSets& sets, const fits::Wcs& wcs,
                     std::size_t n_x, std::size_t n_y, std::size_t n_thread = 2);

}  // namespace contimg::image
