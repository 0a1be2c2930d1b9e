// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "calibrate/gain_solver.h"

namespace contimg::calibrate {

/// R and its weight for every baseline and step; a step is a channel, or an interval of time.
struct RatioView {
  const std::complex<float>* ratio = nullptr;
  const float* weight = nullptr;
  std::size_t n_step = 0;
  std::size_t baseline_stride = 0, step_stride = 0;  ///< Elements from one to the next.
  bool is_sum = false;  ///< `ratio` holds weight times R, as RatioSums before divide() have it.
};

/// How one step was solved; see GainSolution.
struct StepQuality {
  double chi_squared = 0, degrees_of_freedom = 0;
  std::size_t n_rejected = 0, iterations = 0;
  bool converged = false, referenced = false;
};

/// Gains along an axis; arrays are [antenna, step].
struct SeriesSolution {
  std::size_t n_antenna = 0, n_step = 0;
  std::vector<std::complex<float>> gain;  ///< 1 where flagged.
  std::vector<float> error, snr;
  std::vector<std::uint8_t> flagged;
  std::vector<std::uint8_t> interpolated;  ///< 1 where fill_gaps() put a value.
  std::vector<StepQuality> quality;        ///< [step]
};

/// Solves each step by itself, starting from the one before. A step whose refant is flagged gets
/// the common phase that agrees best with the last step that was solved, so that one bad channel
/// does not turn all phases. A step that did not converge is flagged for all antennas.
/// Throws as solve_gains().
SeriesSolution solve_series(std::size_t n_antenna, Span<const Baseline> baselines,
                            const RatioView& view, const GainSettings& settings);

/// Fills gaps of at most `max_gap` flagged steps between good ones: linear in amplitude and phase,
/// the phase the short way; errors are propagated. Gaps at the ends stay. Returns how many
/// solutions were filled.
std::size_t fill_gaps(SeriesSolution& series, std::size_t max_gap);

/// Divides each antenna's gains by their mean amplitude over the good steps. Returns these means,
/// [antenna], 1 where all is flagged: the gain by which G has to be multiplied.
std::vector<float> normalise_amplitudes(SeriesSolution& series);

struct Bandpass {
  SeriesSolution series;     ///< Mean amplitude 1; a step is a channel.
  std::vector<float> scale;  ///< [antenna] as normalise_amplitudes() returns it.
  std::size_t n_filled = 0;
};

/// solve_series() over channels, fill_gaps(), normalise_amplitudes().
Bandpass solve_bandpass(std::size_t n_antenna, Span<const Baseline> baselines,
                        const RatioView& channels, const GainSettings& settings,
                        std::size_t max_gap = 3);

}  // namespace contimg::calibrate
