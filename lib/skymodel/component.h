// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/direction.h"

namespace contimg::skymodel {

/// A point source: where it is and how bright at every frequency.
struct Component {
  std::string name;
  astro::Direction position;  ///< ICRS.
  double flux_jy = 0;         ///< Stokes I at the reference frequency.
  double spectral_index = 0;  ///< S ~ f^spectral_index.
  double reference_frequency_hz = 1.4e9;
  /// When not empty it replaces the three above: log10 S[Jy] = sum a_i (log10 f[GHz])^i.
  std::vector<double> log_polynomial;
};

/// Flux density (Stokes I) at one frequency, Jy.
double flux_density_jy(const Component& component, double frequency_hz);

/// Reads a list of components from a CSV file (docs/formats/sky-csv.md): a title line naming the
/// columns name, ra_deg, dec_deg, flux_jy, spectral_index, reference_frequency_hz in any order
/// (the last two may be absent: 0 and 1.4e9), `#` comments, one source a line.
/// Throws DataError "<path>: line N: <what>".
std::vector<Component> read_sky_csv(const std::string& path);

}  // namespace contimg::skymodel
