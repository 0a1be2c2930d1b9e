// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "calibrate/set_sums.h"
#include "caltable/solutions.h"
#include "skymodel/component.h"

/// A tile's own solve: what has drifted between the calibrator and a science group is solved on the
/// sources of the catalogue, starting from the set that is applied.
namespace contimg::calibrate {

struct TileSettings {
  bool amplitude = true;          ///< Solve for amplitudes too where the signal allows it.
  double min_snr = 5;             ///< An antenna's phase solution with less is none.
  double min_amplitude_snr = 20;  ///< The median that an amplitude solve asks for.
  double max_flux_ratio = 2;      ///< Of the data to the model, or the other way round.
  double min_share = 0.5;         ///< Of live antennas that must have solutions.
  std::size_t min_antennas = 4;   ///< Fewer live ones are not enough to solve anything.
  std::string refant;             ///< Name; where it has no data another takes its place.
  bool keep_unsolved = true;      ///< Antennas without a solution stay as the set has them, or are
                                  ///< flagged: after a long drift that is no calibration.
};

enum class TileOutcome { solved, too_weak, failed };
/// "solved", "too weak", "failed".
const char* outcome_name(TileOutcome outcome);

/// What came of it; also when nothing did.
struct TileReport {
  TileOutcome outcome = TileOutcome::too_weak;
  std::string reason;  ///< Of anything but solved.
  std::string kind;    ///< "phase", "phase 60 s", "amplitude and phase": the one that was chosen.
  std::size_t n_source = 0;
  double apparent_jy = 0;    ///< Of the sources together, through the beam at mid-group.
  std::size_t n_live = 0;    ///< Antennas that have data,
  std::size_t n_solved = 0;  ///< and those that have solutions in both receptors.
  double median_snr = 0;
  double rms_phase_rad = 0;  ///< Of the solutions.
  double flux_ratio = 0;     ///< Of the data to the model, when gains may have any amplitude.
  /// Weighted squares of what the model leaves of the channels that a solution did not use, with
  /// the set alone and with the solution; the second is less, or the solution is not used.
  double residual_before = 0, residual_after = 0;
};

/// Solutions, [interval, antenna, receptor].
struct TileSolution {
  TileReport report;
  std::vector<double> time_mjd_s, interval_s;  ///< [interval]
  std::size_t refant = 0;
  std::vector<std::complex<float>> gain;
  std::vector<float> error, snr;
  std::vector<std::uint8_t> flagged;
};

/// Solves for a tile, given the sums of its data calibrated with the set over the model.
///
/// Tried in turn, each kept only when it leaves less of the data than the best before it:
///   phase                one phase per antenna and receptor for the whole tile
///   phase 60 s           one in each interval of the sums
///   amplitude and phase  for the whole tile, amplitudes of mean 1 (in the logarithm), so that the
///                        flux scale stays the set's, whatever the catalogue leaves out
/// What is left is measured where it was not solved: gains from the even channels on the odd ones
/// and the other way round. Solutions that follow noise make that more, not less.
///
/// A field that shines more than max_flux_ratio times as the model says, or less than its inverse,
/// is not the one that the catalogue describes: "failed".
///
/// Never throws on bad data: that is outcome "failed" or "too weak", and there are no solutions.
TileSolution solve_tile(const SetSums& sums, const std::vector<std::string>& antenna_names,
                        const TileSettings& settings);

/// The table of a solution that was solved, a G of the set's antennas and field.
caltable::CalTable tile_table(const TileSolution& solution, const std::string& ms_name,
                              const ms::Description& set);

}  // namespace contimg::calibrate
