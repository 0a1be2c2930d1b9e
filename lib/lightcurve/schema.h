// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::lightcurve {

/// The database of light curves: an SQLite file beside that of measurements; its tables are told in
/// docs/formats/lightcurves.md.
constexpr int kApplicationId = 0x63696d6c;  // "ciml"
constexpr int kSchemaVersion = 1;
extern const char* const kSchema;

/// Points are clustered by season, then source: a new epoch touches the pages of its own season only,
/// so that it costs the same in the tenth year; a light curve is one seek for each season.
constexpr double kSeasonDays = 32;
constexpr int season_of(double mjd) { return static_cast<int>(mjd / kSeasonDays); }

}  // namespace contimg::lightcurve
