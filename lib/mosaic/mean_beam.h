// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "fits/image.h"

namespace contimg::mosaic {

/// The beam of a weighted sum of images: the Gaussian with the weighted mean of their beams' second
/// moments (derived here: the moments of a sum of functions of equal height and weights w are means
/// with w times their areas; areas differ little). Position angles are those at each place.
/// Given: as many beams as weights, at least one; weights not negative, not all 0.
fits::Beam mean_beam(const std::vector<fits::Beam>& beams, const std::vector<double>& weights);

/// The largest ratio of a beam's area to the mean one's, or the other way round: 1 or more.
double beam_spread(const std::vector<fits::Beam>& beams, const fits::Beam& mean);

}  // namespace contimg::mosaic
