// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "mosaic/candidate.h"

namespace contimg::mosaic {

struct PlanSettings {
  std::string tier = "science";
  bool force_quality = false;  ///< Also tiles that failed, are not for science, or of another tier.
  std::size_t min_members = 5, max_members = 1000;
  double strip_tolerance_rad = 1 * astro::kDegree;  ///< Between the declinations of a strip.
  std::size_t margin = 0;  ///< Tiles taken from beside the window, on either side.
};

/// Strips longer than this on the sky become several mosaics: a long strip is an arc in any
/// projection, and most of its rectangle would be blank.
constexpr double kLongestStrip_rad = 60 * astro::kDegree;
/// Members differ less than this from the median of their strip, as ratios.
constexpr double kMostFrequency = 1.01, kMostBeamArea = 1.5;

/// Tiles that make one mosaic, in order of time.
struct PlannedStrip {
  std::vector<Candidate> members;
  double dec_rad = 0;  ///< Mean of their centres.
};

struct Plan {
  std::vector<PlannedStrip> mosaics;  ///< In order of their first member's time.
  std::vector<std::string> too_few;   ///< Strips without a mosaic: "... 3 tiles, expected ...".
  std::vector<LeftOut> left_out;      ///< Tiles in no mosaic.
};

/// Decides what is added up.
///
///   quality      FAIL, another tier, not for science; of a tier that is never for science
///                (quicklook) uncalibrated ones are left out instead
///   duplicates   of the images of one group the newest is kept, of images named twice one
///   declination  strips in which no two tiles are further apart than the tolerance
///   fit          unit, beam and frequency (hard: force_quality does not help)
///   contiguity   a gap in right ascension, on the circle, that is larger than the tiles ends a strip
///   window       strips keep tiles of the window, and `margin` others before and after in time
///   size         too long or too many: nearly equal runs along right ascension; too few: no mosaic
///
/// Everything that is left out is told with its reason.
Plan make_plan(std::vector<Candidate> candidates, const PlanSettings& settings);

}  // namespace contimg::mosaic
