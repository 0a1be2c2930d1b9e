// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "convert/plan.h"

namespace contimg::convert {

/// Reads a finished Measurement Set back and holds it against what was planned (spec 3.8):
/// rows and columns present, channels ascending within and across windows, phase centres,
/// antenna positions (1 mm), UVW finite, non-zero and below 100 km, the files' own uvw within
/// `kUvwTolerance_m` of ours (a wrong sign, station table or declination shows here), and
/// visibilities readable at the beginning, middle and end.
///
/// Returns one sentence for each fault found; none means valid.
std::vector<std::string> find_faults(const std::string& ms_path, const Plan& plan);

}  // namespace contimg::convert
