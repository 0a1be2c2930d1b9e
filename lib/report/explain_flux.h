// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "report/ask.h"

namespace contimg::report {

/// A source at an epoch: what was measured there and how far it may be trusted.
///
/// Given: the source by any of its names, or as "#N" by its id in the database of light curves; the
/// group. Both databases are only read; that of light curves may be absent.
/// Returned: "summary"; "measurements" as they are (docs/formats/measurements.md), flags in words; "tie" of
/// the epoch to the catalogue; where the light curve has it "light_curve" (raw and normalised value, the
/// epoch's gain and why), "source" (names, figures, this point's distance from the mean in its errors).
/// Throws UsageError without a measurement database, DataError when neither knows the source there.
Json explain_flux(const Settings& settings, const std::string& source, const std::string& group_id);

}  // namespace contimg::report
