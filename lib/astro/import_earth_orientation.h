// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "astro/earth_orientation.h"

namespace contimg::astro {

/// What is to be said about the age of a table at some moment.
struct TableAge {
  double since_measured_days;  ///< Since the last measured row; negative when that lies ahead.
  double until_end_days;       ///< To the end of the predictions; negative after it.
  std::string warning;         ///< Empty while predictions reach 30 days ahead or more.
};

/// Says how old a table is. Tools that use one show it and warn.
TableAge table_age(const EarthOrientation& earth, double now_unix_s);

struct ImportedTable {
  std::string path;
  EarthOrientation earth;
  bool changed;  ///< False when the same table was there already.
};

/// Reads IERS finals2000A and writes our table to `output`, whole or not at all.
///
/// An existing table that differs is replaced only when `overwrite`. Throws DataError naming file
/// and line of what cannot be used; then the old table stays.
ImportedTable import_earth_orientation(const std::string& finals2000a, const std::string& output,
                                       bool overwrite);

}  // namespace contimg::astro
