// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "image/quality.h"

namespace contimg::image {

/// The catalogue's sources in an image, with what the beam and smearing leave of them.
/// Given: the catalogue's file; the beam's power response on the image's grid; what smearing
/// leaves, on a grid of its own, null for all; the least response and least apparent flux density.
/// Sources whose flux density at the image's frequency is not known are left out. Throws DataError
/// as Catalogue does.
std::vector<ExpectedSource> expected_sources(const std::string& catalogue, const fits::Image& beam,
                                             const fits::Image* smearing, double frequency_hz,
                                             double min_response, double min_apparent_jy);

}  // namespace contimg::image
