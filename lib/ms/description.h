// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/direction.h"

/// What the subtables of a Measurement Set hold, without casacore's types.
namespace contimg::ms {

struct Antenna {
  std::string name;
  astro::Vector3 position_m{};  ///< ITRF
  double dish_diameter_m = 0;
};

struct SpectralWindow {
  std::string name;
  std::vector<double> frequency_hz;  ///< [channel], ascending, TOPO
  std::vector<double> width_hz;      ///< [channel], positive
};

struct Field {
  std::string name;
  astro::Direction phase_centre;  ///< ICRS
  double time_mjd_s = 0;
};

/// Where all dishes point during one interval.
struct Pointing {
  double time_mjd_s = 0;  ///< Middle.
  double interval_s = 0;
  astro::Direction direction;  ///< ICRS
};

/// Stokes codes of casacore, as in POLARIZATION: 5 RR, 6 RL, 7 LR, 8 LL, 9 XX, 10 XY, 11 YX, 12 YY.
using CorrelationTypes = std::vector<int>;

struct Description {
  std::string telescope_name;
  std::string observer;
  std::string project;
  double first_time_mjd_s = 0;  ///< Start of the first integration: OBSERVATION TIME_RANGE.
  double last_time_mjd_s = 0;   ///< End of the last integration.
  bool is_calibrator = false;   ///< STATE OBS_MODE.
  std::vector<Antenna> antennas;
  std::vector<SpectralWindow> spectral_windows;
  CorrelationTypes correlations;
  std::vector<Field> fields;
  std::vector<Pointing> pointings;
  std::string provenance_application;   ///< HISTORY APPLICATION: tool and version.
  std::string provenance_command;       ///< HISTORY CLI_COMMAND.
  std::vector<std::string> provenance;  ///< HISTORY: one row per line.
  std::vector<std::pair<std::string, std::string>> keywords;  ///< Main table keywords.
};

/// Where a set's dishes point at a time (ICRS): the nearest row of POINTING, or the phase centre.
astro::Direction pointing_at(const Description& set, double time_mjd_s);

/// Middle of the array: mean of the antennas' positions.
astro::Site array_site(const Description& set);

}  // namespace contimg::ms
