// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "skymodel/component.h"

namespace contimg::skymodel {

/// A primary flux-density calibrator: its component carries the IAU name (B1950 or J2000 style as
/// the VLA list has it, e.g. "1331+305"), and the names by which people ask for it.
struct PrimaryCalibrator {
  Component component;
  std::vector<std::string> aliases;  ///< "3C286", "J1331+3030", "1328+307".
};

/// The built-in primaries: 3C48, 3C138, 3C147, 3C196, 3C286, 3C295.
///
/// Flux densities: Perley & Butler 2017, ApJS 230, 7, Table 6. Positions: ICRS (J2000) of the VLA
/// calibrator list; 3C196 and 3C295 are resolved at arcseconds and are points here.
const std::vector<PrimaryCalibrator>& primary_calibrators();

/// Finds a primary by any of its names, without regard to case; nothing if it is none.
std::optional<PrimaryCalibrator> find_primary_calibrator(const std::string& name);

}  // namespace contimg::skymodel
