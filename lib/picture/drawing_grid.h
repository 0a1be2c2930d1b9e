// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"

namespace contimg::picture {

/// One line of the grid in pixels; a point that is not in the image is NaN.
struct GridLine {
  std::string label;  ///< "22h54m", "+16°30'"
  std::vector<fits::Pixel> points;
};

/// Lines of constant right ascension and declination across an image, at most eight of each, at round
/// values; across 0h and around a pole too.
struct SkyGrid {
  std::vector<GridLine> right_ascension, declination;
};
SkyGrid sky_grid(const fits::Image& image);

/// Where the lines meet the lower edge (`lower`) or the left one, as gnuplot's tics; a line that
/// does not is labelled at its middle, in `inside` as gnuplot's commands.
struct GridLabels {
  std::string tics;    ///< "('22h54m' 123.4, ...)"
  std::string inside;  ///< "set label ...\n"
};
GridLabels grid_labels(const std::vector<GridLine>& lines, const fits::Image& image, bool lower);

/// The outline of the primary beam in the pixels of an image: where its response falls to `cut`,
/// looked for outwards from the beam's peak; NaN in directions where it does not.
std::vector<fits::Pixel> beam_outline(const fits::Image& beam, double cut,
                                      const fits::Image& image);

}  // namespace contimg::picture
