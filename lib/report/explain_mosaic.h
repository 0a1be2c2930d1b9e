// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "report/ask.h"

namespace contimg::report {

/// Everything that tells why a mosaic is as it is: "headline", "mosaic", "members" (with the verdict,
/// noise and calibration set of each tile, and whether it is there and still the one that was used),
/// "quality" with limits, "history" of its file, "products".
/// Throws UsageError for an unknown mosaic.
Json explain_mosaic(Database& db, const std::string& name);

}  // namespace contimg::report
