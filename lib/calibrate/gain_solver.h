// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/span.h"

namespace contimg::calibrate {

/// Two antennas, as rows of ANTENNA.
struct Baseline {
  std::uint32_t antenna1 = 0, antenna2 = 0;
};

struct GainSettings {
  std::size_t refant = 0;         ///< Row of ANTENNA whose gain has zero phase.
  std::size_t min_baselines = 4;  ///< An antenna with fewer good baselines is flagged.
  double min_snr = 3;             ///< An antenna whose solution has less is flagged.
  double outlier_sigma = 5;       ///< Baselines that differ by more are left out; 0 keeps all.
  bool phase_only = false;        ///< Solve, then make all amplitudes 1.
  std::size_t max_iterations = 100;
  double tolerance = 1e-5;  ///< Stop when |g_new - g_old| / |g_new| falls below this.
};

struct GainSolution {
  std::vector<std::complex<float>> gain;  ///< [antenna] 1 where flagged.
  std::vector<std::uint8_t> flagged;      ///< [antenna] 1 = no solution.
  std::vector<float> error;  ///< [antenna] sigma of the real and of the imaginary part; radians of
                             ///< phase when divided by |gain|.
  std::vector<float> snr;    ///< [antenna] |gain| / error; 0 where there was nothing to solve.
  double chi_squared = 0;    ///< Sum of weight |residual|^2 over the baselines that were kept.
  double degrees_of_freedom = 0;  ///< Complex ones: kept baselines - solved antennas + 1/2.
  std::size_t n_rejected = 0;     ///< Baselines left out as outliers.
  std::size_t iterations = 0;     ///< Over all rounds.
  bool converged = false;
  bool referenced = false;  ///< Phases are relative to `refant`; false where it is flagged.
};

/// Solves for one complex gain per antenna, for one correlation of like receptors, one channel (or
/// the average of some) and one interval.
///
/// Finds the gains g that minimise, over the baselines (p, q),
///
///     sum  w_pq | R_pq - g_p conj(g_q) |^2
///
/// where R is the observed visibility over the model, averaged (see average_ratio.h); that is the
/// least-squares solution of V_pq = g_p M_pq conj(g_q) for everything averaged.
///
/// Given:
///   n_antenna   number of rows of ANTENNA
///   baselines   [baseline] (p, q) in any order; autocorrelations are ignored
///   ratio       [baseline] R
///   weight      [baseline] w, 1 / E|noise of R|^2 up to one factor; zero where flagged
///   start       [antenna] gains to start from (yesterday's, the last channel's), or empty
///
/// Throws std::invalid_argument when arrays differ in length or an antenna is out of range. Never
/// because of data: NaN and infinite values count as flagged, antennas without enough baselines or
/// SNR are flagged, a solution that ran out of iterations has converged == false.
///
/// Notes:
///   1. One antenna's gain with the others held is linear least squares:
///      g_p = sum_q(w R_pq g_q) / sum_q(w |g_q|^2). All are renewed at once and every second time
///      averaged with the gains before, without which it oscillates.
///   2. Outliers: s^2 = median(w |residual|^2) / ln 2 is the noise, as the squared modulus of
///      complex normal noise is exponential. While a residual exceeds outlier_sigma x s: two
///      rounds with weights w min(1, 1.5 s / |residual|) (Huber), whose influence is bounded, then
///      rounds in which what exceeds outlier_sigma x s is left out, until that set stays the same.
///      The first round bounds amplitudes the same way, at 3 times their median or what `start`
///      leads to expect, whichever is more.
///   3. error^2 = s^2 / (2 sum_q(w |g_q|^2)) with s^2 = chi_squared / degrees_of_freedom: the
///      diagonal of the normal equations, so the scale of the weights does not matter. For N equal
///      antennas the Cramer-Rao bound of E|dg|^2 is within 2/N of twice this.
///   4. A flagged refant leaves the phase common to all antennas open; then it is the one nearest
///      to `start`, or that of the antenna of highest SNR, and referenced == false.
///   5. Single precision, in loops that a compiler vectorises: sums of 100 terms are good to 1e-6,
///      far below the noise of any baseline. O(iterations x baselines).
///
/// Source: Salvini & Wijnholds 2014, A&A 571, A97, doi:10.1051/0004-6361/201424487 (StEFCal).
GainSolution solve_gains(std::size_t n_antenna, Span<const Baseline> baselines,
                         Span<const std::complex<float>> ratio, Span<const float> weight,
                         const GainSettings& settings, Span<const std::complex<float>> start = {});

}  // namespace contimg::calibrate
