// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "calibrate/series.h"

namespace contimg::calibrate {

/// Visibilities over the model of known gains, R_pq = g_p conj(g_q) + noise, along an axis.
struct SimulatedArray {
  SimulatedArray(std::size_t n_antenna_given, std::size_t n_step_given)
      : n_antenna(n_antenna_given), n_step(n_step_given) {
    for (std::uint32_t p = 0; p < n_antenna; ++p)
      for (std::uint32_t q = p + 1; q < n_antenna; ++q) baselines.push_back({p, q});
    gain.assign(n_antenna * n_step, 1);
    weight.assign(baselines.size() * n_step, 1);
  }

  void randomise_gains() {
    std::uniform_real_distribution<double> amplitude(0.5, 2), phase(-3.1, 3.1);
    for (std::complex<double>& g : gain) g = std::polar(amplitude(random), phase(random));
  }

  /// `sigma`: square root of E|noise|^2.
  void observe(double sigma) {
    std::normal_distribution<double> part(0, sigma > 0 ? sigma / std::sqrt(2.0) : 1);
    ratio.resize(baselines.size() * n_step);
    for (std::size_t b = 0; b < baselines.size(); ++b) {
      for (std::size_t s = 0; s < n_step; ++s) {
        const std::complex<double> noise(sigma > 0 ? part(random) : 0,
                                         sigma > 0 ? part(random) : 0);
        ratio[b * n_step + s] =
            std::complex<float>(gain[baselines[b].antenna1 * n_step + s] *
                                    std::conj(gain[baselines[b].antenna2 * n_step + s]) +
                                noise);
      }
    }
  }

  GainSolution solve(const GainSettings& settings = {}) const {
    return solve_gains(n_antenna, baselines, ratio, weight, settings);
  }

  RatioView view() const { return {ratio.data(), weight.data(), n_step, n_step, 1}; }

  bool has(std::size_t b, std::size_t antenna) const {
    return baselines[b].antenna1 == antenna || baselines[b].antenna2 == antenna;
  }

  std::size_t n_antenna, n_step;
  std::mt19937 random{110};
  std::vector<Baseline> baselines;
  std::vector<std::complex<double>> gain;  ///< [antenna, step]
  std::vector<std::complex<float>> ratio;  ///< [baseline, step]
  std::vector<float> weight;               ///< [baseline, step]
};

/// The phase that all solved gains have in common against truth, taken out: the mean square of
/// what is left, over the unflagged antennas.
inline double mean_square_error(const std::vector<std::complex<float>>& solved,
                                const std::vector<std::uint8_t>& flagged,
                                const std::vector<std::complex<double>>& truth) {
  std::complex<double> turn = 0;
  for (std::size_t a = 0; a < truth.size(); ++a)
    if (!flagged[a]) turn += truth[a] * std::conj(std::complex<double>(solved[a]));
  turn /= std::abs(turn);
  double sum = 0, n = 0;
  for (std::size_t a = 0; a < truth.size(); ++a) {
    if (flagged[a]) continue;
    sum += std::norm(std::complex<double>(solved[a]) * turn - truth[a]);
    ++n;
  }
  return sum / n;
}

}  // namespace contimg::calibrate
