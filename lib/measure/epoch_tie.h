// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "measure/measurement.h"

namespace contimg::measure {

/// Robust straight line y = slope x + offset.
struct Line {
  double slope = kUnknown, offset = kUnknown;
  double slope_error = kUnknown, offset_error = kUnknown;
  std::size_t n_used = 0;  ///< After outliers were clipped.
  bool fitted = false;
};

/// Fits a line by Huber's method (delta 1.5), after points that lie more than 5 robust sigma from a
/// first fit are clipped.
///
/// Given: x, y and sigma of y, all positive. Errors are those of the weighted fit times the robust
/// scatter where that exceeds 1. Source: Huber 1964, Ann. Math. Statist. 35, 73.
Line fit_line(const std::vector<double>& x, const std::vector<double>& y,
              const std::vector<double>& sigma);

struct TieSettings {
  double min_snr = 20;               ///< Reference sources are this bright,
  double isolation_rad = 2.9089e-4;  ///< have no other within this (1 arcminute),
  double min_beam = 0.5;             ///< and lie where the beam is at least this.
  std::size_t min_sources = 5;
  double flux_scatter = 0.05;  ///< Of catalogues against the sky; added to the errors.
};

/// Ties an epoch to its catalogue by point sources with a catalogue flux density. A tie whose slope
/// is off by half or more is none, and says so.
EpochTie tie_epoch(const std::vector<Measurement>& sources, const TieSettings& settings = {});

}  // namespace contimg::measure
