// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fits/image.h"

namespace contimg::fits {

/// Bilinear between the pixels of a map that has its own grid (beam, smearing); NaN outside it.
double value_at(const Image& map, const astro::Direction& place);

/// From the reference place to the farthest corner.
double radius_rad(const Image& image);

}  // namespace contimg::fits
