// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "calibrate/calibrator.h"
#include "calibrate/set_sums.h"
#include "caltable/calibration.h"
#include "registry/calibration_set.h"
#include "registry/gates.h"

namespace contimg::calibrate {

/// How a calibrator's set is solved.
struct SolveSettings {
  CalibratorSettings calibrator;
  ModelSource model = ModelSource::field;
  std::string refant;             ///< Name; empty: by health.
  double min_snr = 3;             ///< Solutions with less are flagged.
  double interval_s = 60;         ///< Of the short gains.
  bool combine_intervals = true;  ///< Bandpass of all intervals; else of the one with most data.
  std::string uv_range;           ///< As parse_uv_range() reads it.
  std::size_t min_antennas = 10;  ///< Fewer live ones are refused.
  std::size_t min_baselines = 4;  ///< Of an antenna, for a solution.
  std::size_t max_gap = 3;        ///< Channels that are interpolated across.
  std::vector<std::string> pre_applied;  ///< Tables that are applied before.
  std::vector<bool> use_integration;     ///< [integration]; empty: all.
  std::string earth_orientation;         ///< Path of a table; empty: the built-in one.
  std::string command_line;              ///< For the tables' HISTORY.
  std::size_t n_thread = 2;
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< Rows; may be empty.
  std::function<void()> check;  ///< Called often, throws to end the work; may be empty.
};

/// What a solve found.
struct SolvedSet {
  std::vector<std::string> suffixes;       ///< [table] ".K", ".B", ".G", ".G2"; K where needed.
  std::vector<caltable::CalTable> tables;  ///< In the order in which they are applied.
  Calibrator calibrator;
  std::string refant;
  std::vector<std::string> antennas;       ///< Names of those that have solutions.
  std::vector<std::string> weak_antennas;  ///< With a signal, but too little for a bandpass.
  std::vector<std::string> dead_antennas;  ///< Without data, or with data but no signal.
  registry::Figures figures;               ///< For the gates.
  std::size_t channels_averaged = 1;       ///< For one solution of the bandpass.
  double chi_squared = 0;                  ///< Reduced, median over the bandpass's channels.
  double amplitude_scatter = 0;            ///< Of bandpasses about smooth ones, median.
  std::size_t n_interpolated = 0;          ///< Bandpass solutions put into gaps.
  double largest_delay_ns = 0;
  double solved_mjd = 0, dec_deg = 0;  ///< Middle of the set; its pointing there.
  double read_s = 0, solve_s = 0;
};

/// Solves a calibrator's set for
///
///     V_obs = K B G G2 V_model (of antenna 1, and conjugate of antenna 2)
///
/// K   delays, only where a phase turns by more than 3 degrees across the band because of one
/// B   bandpass: one gain per channel, of mean amplitude 1 and mean phase 0; where that has an SNR
///     below 20, one per 2, 4, ... channels
/// G   amplitude and phase for the whole set
/// G2  amplitude and phase in short intervals, relative to G; absent in a set of one interval
///
/// all apart for the two receptors, phases relative to the reference antenna.
///
/// Steps: the set is summed over short intervals in one pass (set_sums.h); the phases of the
/// intervals are solved against those of the fullest one and taken out, so that what moves meanwhile
/// does not weaken the rest; then K, B, G, G2, each on data that those before it have corrected. An
/// antenna whose bandpass has no solution in more than half of the channels is left out of all
/// tables.
///
/// Never throws because of noise, NaN or what did not converge: that is flagged and in the figures.
/// Throws DataError when the set cannot be solved: no calibrator of known flux density, too few
/// live antennas, all flagged, no healthy reference antenna; as find_calibrator() and sum_set().
SolvedSet solve_set(const std::string& ms_path, const SolveSettings& settings);

/// Writes the tables as `stem` + suffix, each whole or not at all; returns their paths in order.
/// B is written last, and an older B is removed first, if `overwrite`, else refused with
/// ProductExists: where there is a B, the tables with that stem are all there and of one solve.
/// Tables of a run that was killed, and a K or G2 that this solve does not have, are removed.
std::vector<std::string> write_tables(const SolvedSet& solved, const std::string& stem,
                                      bool overwrite);

/// Draws the solutions into a PNG; what cannot be drawn is worth a warning.
void draw_or_warn(const SolvedSet& solved, const std::vector<std::string>& paths,
                  const std::string& png_path);

/// What the registry is told of it.
registry::NewSet new_set(const SolvedSet& solved, const std::vector<std::string>& paths);

/// One line of JSON: stage, product, state, tables, calibrator, figures, verdict.
std::string solve_json(const std::string& ms_path, const SolvedSet& solved,
                       const std::vector<std::string>& paths, const registry::GateLimits& limits);

/// Logs what an operator looks for, with the verdict of the gates.
void log_solve(const SolvedSet& solved, const registry::GateLimits& limits, bool profile);

}  // namespace contimg::calibrate
