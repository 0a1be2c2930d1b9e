// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulate/settings.h"
#include "simulate/simulate_observation.h"

namespace contimg::simulate {

/// Options as people give them: degrees, nanoseconds, words.
struct Options {
  Settings settings;
  std::string start, drift_start;
  double phase_drift_deg = 0;
  std::optional<double> dec_deg;
  double random_radius_deg = 1.5;
  bool ideal = false;  ///< Errors of the instrument that are not given are zero.
  std::optional<double> sefd_jy, gain_error, phase_error_deg, delay_error_ns, bandpass_error;
  std::vector<std::string> faults;
  std::string late = "write";
  bool json = false;
};

/// Turns options into settings. Throws UsageError.
Settings resolved(const Options& options);

/// {"stage", "group_id", "product", "subband", "faults"} on one line.
std::string to_json(const WrittenFile& file);

}  // namespace contimg::simulate
