// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/atomic_output.h"
#include "caltable/solutions.h"

namespace contimg::caltable {

/// Writes a calibration table as CASA does (docs/formats/caltable.md), whole or not at all: aside,
/// fsynced, renamed. Rows are in the order (SPECTRAL_WINDOW_ID, TIME, ANTENNA1).
///
/// Throws DataError naming the path when the table's parts do not fit each other or a solution
/// that is not flagged is no number; ProductExists when `path` exists and `overwrite` is false;
/// TemporaryError when the disk is full.
void write_caltable(const std::string& path, const CalTable& table, const PartialOwner& owner,
                    bool overwrite);

}  // namespace contimg::caltable
