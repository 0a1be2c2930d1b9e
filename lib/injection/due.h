// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/sqlite.h"

namespace contimg::injection {

/// Tiles of science that were to get known sources (is_due), and those of them that have none.
struct DueTiles {
  int n = 0, n_without = 0;
  std::string newest_without;  ///< A group's id.
};

/// The last `most` of them that were measured, of data since `first_mjd` (UTC). Tiles that failed
/// their quality gates are none: nothing is put into these.
/// Given: a database that open_injected() opened. Throws as Database.
DueTiles due_tiles(Database& measurements, int every, int most, double first_mjd);

}  // namespace contimg::injection
