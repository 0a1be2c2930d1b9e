// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace contimg::skymodel {

/// What a catalogue says of a source in one band. NaN where it says nothing.
struct BandFlux {
  std::string band;  ///< As the catalogue calls it: "20cm", "S1.4".
  double frequency_hz = 0;
  double flux_jy = std::numeric_limits<double>::quiet_NaN();
  double error_jy = std::numeric_limits<double>::quiet_NaN();
  std::string quality;  ///< E.g. the codes of the VLA list for its four arrays, "PSXX".
};

/// Where a flux density comes from.
enum class FluxBasis {
  none,             ///< The source has no flux density in any band.
  none_near,        ///< It has, but too far in frequency to be of use.
  catalogue_index,  ///< Nearest band, with the catalogue's spectral index.
  interpolated,     ///< Between two bands, straight in log S against log f.
  extrapolated,     ///< A little beyond the outermost band, along the slope of the outer two.
  one_band,         ///< One band near by, with kTypicalIndex.
};

/// Of extragalactic sources at 1.4 GHz; used only across less than kNearRatio.
inline constexpr double kTypicalIndex = -0.7;
/// How far in frequency (a ratio) one band, or the slope of two, is believed. A spectral index off
/// by 0.5 makes 10 % there.
inline constexpr double kNearRatio = 1.25;
/// How far a catalogue's own spectral index is believed.
inline constexpr double kIndexRatio = 3.0;

struct FluxDensity {
  double flux_jy = std::numeric_limits<double>::quiet_NaN();  ///< NaN when there is none.
  double spectral_index = 0;                                  ///< At the frequency asked for.
  FluxBasis basis = FluxBasis::none;
  bool known() const { return std::isfinite(flux_jy); }
};

/// Flux density at a frequency from what a catalogue says, or none: never a default.
///
/// Given: bands in any order (those with a flux that is not positive are passed over) and the
/// catalogue's spectral index (S ~ f^index; NaN: not known).
FluxDensity flux_density(const std::vector<BandFlux>& fluxes, double spectral_index,
                         double frequency_hz);

/// The basis in words, for logs and records: "between two bands".
std::string describe(FluxBasis basis);

}  // namespace contimg::skymodel
