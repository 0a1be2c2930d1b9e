// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "fits/image.h"

/// Simple measurements of pixels, good enough to judge an image by. Flux densities that are kept
/// come from measure-sources.
namespace contimg::photometry {

/// A local maximum.
struct LocalPeak {
  fits::Pixel place;
  double value_jy = 0;
};

/// The highest pixel within `radius_pixel` of a place, and the top of the Gaussian through it and
/// its eight neighbours (exact for a Gaussian; without it where a neighbour is not positive).
/// Nothing when the place is so near the edge or so blank that there are none.
std::optional<LocalPeak> peak_near(const fits::Image& image, const fits::Pixel& place,
                                   double radius_pixel);

/// 1.4826 MAD of the pixels within 25 of a place in both directions but not within 5 (spec 4.4);
/// nothing with less than 100 of them.
std::optional<double> rms_around(const fits::Image& image, const fits::Pixel& place);

/// 1.4826 times the median absolute deviation from the median; 0 of no values. Reorders them.
double robust_rms(std::vector<float>& values);

/// Of all pixels that are not blank; large images are sampled evenly, 2^20 of them.
double global_rms(const fits::Image& image);

}  // namespace contimg::photometry
