// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "calibrate/series.h"

namespace contimg::calibrate {

struct DelaySettings {
  std::size_t refant = 0;       ///< Row of ANTENNA whose delay is 0.
  double max_delay_s = 500e-9;  ///< Delays are looked for between this and its negative.
  double min_snr = 5;           ///< A fringe that stands out less is no solution.
  std::size_t max_iterations = 20;
};

struct DelaySolution {
  std::vector<double> delay_s;            ///< [antenna] 0 where flagged.
  std::vector<double> error_s;            ///< [antenna] sigma.
  std::vector<float> snr;                 ///< [antenna] of the fringe: |a| over sigma of a part.
  std::vector<std::complex<float>> gain;  ///< [antenna] a, at the middle of the band.
  std::vector<std::uint8_t> flagged;      ///< [antenna]
  std::size_t iterations = 0;
  bool converged = false;  ///< No delay moved by more than a tenth of its error.
};

/// Solves for one delay per antenna, for one correlation of like receptors and one interval.
///
/// The model is g_p(f) = a_p exp(2 pi i tau_p (f - f_mid)), one complex a_p for the whole band. A
/// delay tau > 0 turns the phase of V_pq = g_p M conj(g_q) forward with frequency
/// (docs/conventions.md section 8).
///
/// Given:
///   baselines     [baseline]
///   channels      R and weights (as solve_gains() has them), steps are channels
///   frequency_hz  [channel]
///
/// Throws std::invalid_argument when arrays differ in length or an antenna is out of range. Never
/// because of data: an antenna without a fringe is flagged; all are when the refant has none.
///
/// Notes:
///   1. With the other antennas' gains held, the spectrum of antenna p is
///      h_p(f) = sum_q(w R_pq g_q), and its delay is at the peak of |sum_f h_p exp(-2 pi i tau f)|
///      (least squares with free a_p). First all antennas with a fringe to the refant are found, on
///      a grid of half the band's inverse, next those with a fringe to them, and so on; then all
///      baselines refine all delays by Newton's method until they rest.
///   2. error^2 = s^2 / (2 |a|^2 sum_f W_p (2 pi)^2 (f - f_mean)^2), with W_p = sum_q(w |g_q|^2) and
///      s^2 the weighted variance of h_p / W_p about the model: the Cramer-Rao bound of a slope.
///      A bandpass that is not flat counts as noise there.
///   3. Delays beyond half the inverse of the channels' spacing are ambiguous; the search ends there.
///
/// Source: derived here from the alternation of solve_gains(); the peak as maximum likelihood of a
/// frequency: Rife & Boorstyn 1974, IEEE Trans. Inf. Theory 20, 591, doi:10.1109/TIT.1974.1055282.
DelaySolution solve_delays(std::size_t n_antenna, Span<const Baseline> baselines,
                           const RatioView& channels, Span<const double> frequency_hz,
                           const DelaySettings& settings);

}  // namespace contimg::calibrate
