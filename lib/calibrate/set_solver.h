// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <string>
#include <vector>

#include "calibrate/delay_solver.h"
#include "calibrate/solve.h"

namespace contimg::calibrate {

/// The steps of solve_set() once the set is summed; see there.
class SetSolver {
 public:
  /// `settings` must outlive it. Given: the sums, the set that they are of, row of ANTENNA of the
  /// reference antenna.
  SetSolver(const SolveSettings& settings, SetSums sums, ms::Description set, std::size_t refant);

  void run();
  /// The tables, and the figures that come from the solutions. `ms_name`: name of the set, without
  /// its folders.
  SolvedSet result(const std::string& ms_name) const;

 private:
  using Gains = std::vector<std::complex<float>>;
  static constexpr std::size_t kReceptors = SetSums::kReceptorCount;

  /// What is solved of one receptor.
  struct Receptor {
    DelaySolution delay;
    Bandpass bandpass;
    GainSolution gain;
    std::vector<GainSolution> intervals;
    Gains product;                      ///< [antenna, channel] K B G
    std::vector<std::uint8_t> flagged;  ///< [antenna, channel] of it
  };

  std::size_t cell(std::size_t interval, std::size_t baseline, std::size_t channel,
                   std::size_t receptor) const;
  RatioView view(const RatioSums& divided, std::size_t receptor) const;
  std::size_t fullest_interval(std::size_t receptor) const;
  SeriesSolution coarse_bandpass(std::size_t interval, std::size_t receptor) const;
  GainSolution solve_band(std::size_t interval, std::size_t receptor, const RatioSums& sums,
                          const Gains& gains, const std::vector<std::uint8_t>& flagged,
                          std::size_t per_step) const;
  void align(std::size_t receptor);
  void divide(std::size_t receptor);
  void multiply(std::size_t receptor);
  void solve_delays_of(std::size_t receptor);
  bool delays_matter() const;
  std::complex<float> delay_gain(const Receptor& receptor, std::size_t antenna,
                                 std::size_t channel) const;
  void solve_bandpass_of(std::size_t r);
  std::size_t channels_to_average() const;
  void solve_stepped_bandpass_of(std::size_t r, std::size_t per_step);
  void find_silent();
  std::size_t unsolvable(const Receptor& receptor) const;
  void solve_gain_of(std::size_t r);
  void solve_intervals_of(std::size_t r);

  caltable::CalTable empty_table(caltable::Kind kind, const std::string& ms_name) const;
  caltable::Solutions whole(caltable::Kind kind, std::size_t n_channel) const;
  caltable::CalTable delay_table(const std::string& ms_name) const;
  caltable::CalTable bandpass_table(const std::string& ms_name) const;
  caltable::CalTable gain_table(const std::string& ms_name) const;
  caltable::CalTable interval_table(const std::string& ms_name) const;
  void store(const GainSolution& gains, std::size_t receptor, caltable::Solutions& to) const;
  bool unsolved(std::size_t antenna, std::size_t receptor) const;
  void figures(SolvedSet& solved) const;

  const SolveSettings& settings_;
  SetSums sums_;
  const ms::Description set_;
  const std::vector<double>& frequency_hz_;
  const double middle_hz_;
  const std::size_t n_baseline_, n_channel_;
  RatioSums aligned_;  // [baseline, channel, receptor]
  GainSettings gain_settings_;
  std::array<Receptor, kReceptors> receptors_;
  std::vector<bool> has_signal_;  // [antenna] over the band, in either receptor
  std::size_t channels_averaged_ = 1;
  bool has_delays_ = false;
};

}  // namespace contimg::calibrate
