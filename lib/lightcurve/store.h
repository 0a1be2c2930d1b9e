// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/lightcurve_settings.h"
#include "base/sqlite.h"

namespace contimg::lightcurve {

/// Opens a database of light curves to write; makes it where there is none.
///
/// Throws UsageError when the file is a database of something else, of newer tools, or would be on a
/// network filesystem.
Database open_store(const std::string& path);

/// Opens one to read. Throws DataError when there is none, UsageError as open_store().
Database open_reading(const std::string& path);

/// The settings with the shares `systematic` and `unnormalised` that all figures of the database are
/// made with, where it has any: they change with a new baseline only, so that figures and points agree.
LightcurveSettings kept_errors(Database& db, LightcurveSettings settings);
/// Keeps those of the settings.
void keep_errors(Database& db, const LightcurveSettings& settings);

}  // namespace contimg::lightcurve
