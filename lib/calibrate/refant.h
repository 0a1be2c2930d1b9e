// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/span.h"

namespace contimg::calibrate {

struct AntennaHealth {
  std::string name;
  double flagged_fraction = 1;  ///< Of its visibilities with live antennas, 0 to 1.
};

/// DSA-110's outriggers, the most isolated dishes, in the order of preference; then 103.
std::vector<std::string> dsa110_refants();

/// True for "pad104", "DSA-104" or "104" and the wanted name "104", and for equal names.
bool is_called(const std::string& name, const std::string& wanted);

/// Chooses the reference antenna: the first of the preferred ones that is healthy (less than half
/// flagged), else the one least flagged, the first of several as good. Nothing when all are half
/// flagged or worse.
///
/// Preferred names are those of antennas, or their numbers: "104" is also "pad104" and "DSA-104",
/// but not "1104". Returned: the index.
std::optional<std::size_t> choose_refant(Span<const AntennaHealth> antennas,
                                         Span<const std::string> preferred);

}  // namespace contimg::calibrate
