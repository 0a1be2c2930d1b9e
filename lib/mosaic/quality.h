// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/settings.h"
#include "mosaic/coadd.h"
#include "mosaic/sources.h"
#include "quality/verdict.h"

/// Whether a mosaic may be believed. The table of gates is in docs/formats/mosaic.md.
namespace contimg::mosaic {

/// What is known of a mosaic; nothing where it is not.
struct MosaicFigures {
  std::optional<double> noise_ratio;    ///< Measured noise over 1 / sqrt(weight).
  std::optional<double> median_rms_jy;  ///< Of the rms map.
  std::optional<double> blank_fraction;
  double beam_spread = 1;  ///< Largest ratio of a member's beam area to the mosaic's; 1 or more.
  /// Of sources of 20 sigma or more, alone within 3 beams, unflagged; nothing with less than 3:
  /// median of measured over catalogue flux density, 1.4826 MAD of that, and the median offset.
  std::optional<double> flux_ratio, flux_scatter, east_arcsec, north_arcsec, astrometry_arcsec;
  int n_reference = 0;
  /// Share seen at 5 sigma of sources that should be, at 7 sigma; nothing for less than 5 of them.
  std::optional<double> completeness;
  int n_should_be_seen = 0;
  int n_source = 0;  ///< Of the catalogue, in two tiles or more.

  nlohmann::ordered_json json() const;
};

/// Given: what coadd() tells, how many pixels the mosaic's grid has, and the sources measured in it.
MosaicFigures measure_quality(const CoaddReport& report, double n_grid_pixel, double beam_spread,
                              const std::vector<OverlapSource>& sources);

/// Holds figures to limits; those for flux densities, places and completeness are settings.
quality::Verdict judge(const MosaicFigures& figures, const Settings& settings);

}  // namespace contimg::mosaic
