// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/lightcurve_settings.h"
#include "base/sqlite.h"
#include "lightcurve/measurements.h"
#include "lightcurve/update.h"

namespace contimg::lightcurve {

/// Which epochs a new ensemble is made from, and why.
struct BaselineSettings {
  LightcurveSettings limits;
  double from_mjd = kUnknown, until_mjd = kUnknown;  ///< Unknown: no bound.
  bool extend = false;                               ///< As rebaseline().
  std::size_t least = 3;                             ///< References that make an ensemble.
  std::string why;
};

/// Freezes an ensemble, normalises epochs against it, and computes all figures anew, season by season:
/// with the systematic share that the references show, which becomes the database's (kept_errors());
/// memory goes with the number of sources (about 400 bytes each), of epochs (about 100), and of clean
/// points of bright sources between the bounds (about 32), not of all points. The
/// caller holds the transaction.
/// Throws DataError, having changed nothing, when fewer than `least` sources can be references.
BaselineReport make_baseline(Database& db, BaselineSettings settings);

}  // namespace contimg::lightcurve
