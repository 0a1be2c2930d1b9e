// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/sqlite.h"

namespace contimg::lightcurve {

/// Opens a database of light curves to write; makes it where there is none.
///
/// Throws UsageError when the file is a database of something else, of newer tools, or would be on a
/// network filesystem.
Database open_store(const std::string& path);

/// Opens one to read. Throws DataError when there is none, UsageError as open_store().
Database open_reading(const std::string& path);

}  // namespace contimg::lightcurve
