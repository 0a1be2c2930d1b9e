// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <string>

namespace contimg::calibrate {

/// Lengths of baselines (of uvw) that take part; outside of it nothing is used.
struct UvRange {
  double min_m = 0, max_m = std::numeric_limits<double>::infinity();
};

/// Reads ">1klambda", "<500m", "100~2000" (metres), "0.5~8klambda". Wavelengths are those at
/// `frequency_hz`. Empty: everything. Throws UsageError.
UvRange parse_uv_range(const std::string& text, double frequency_hz);

}  // namespace contimg::calibrate
