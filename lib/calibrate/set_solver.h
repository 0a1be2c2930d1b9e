// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <functional>
#include <string>
#include <vector>

#include "calibrate/baseline_sums.h"
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
  using Flags = std::vector<std::uint8_t>;
  static constexpr std::size_t kReceptors = SetSums::kReceptorCount;
  /// [interval, antenna, receptor]
  using Turns = std::vector<std::vector<std::array<std::complex<float>, kReceptors>>>;
  /// [receptor, item]
  using BandSolutions = std::array<std::vector<GainSolution>, kReceptors>;

  /// What is solved of one receptor.
  struct Receptor {
    DelaySolution delay;
    Bandpass bandpass;
    GainSolution gain;
    std::vector<GainSolution> intervals;
  };

  std::size_t cell(std::size_t interval, std::size_t baseline) const;
  BaselineSums interval_sums(std::size_t interval, std::size_t baseline) const;
  BaselineSums aligned_sums(std::size_t baseline) const;
  RatioView view(std::size_t receptor) const;
  std::size_t fullest_interval() const;
  template <typename Sum>
  BandSolutions solve_bands(std::size_t n_item, const Sum& sum) const;
  BandSolutions solve_on_top(
      std::size_t n_item, const Gains& gains,
      const std::function<BaselineSums(std::size_t item, std::size_t baseline)>& sums) const;
  Gains interleaved(const std::array<Gains, kReceptors>& gain,
                    const std::array<Flags, kReceptors>& flagged) const;
  Turns turns() const;
  void align();
  void solve_delays_of(std::size_t receptor);
  void take_delays_out();
  bool delays_matter() const;
  std::complex<float> delay_gain(const Receptor& receptor, std::size_t antenna,
                                 std::size_t channel) const;
  void solve_bandpass_of(std::size_t r);
  std::size_t channels_to_average() const;
  void solve_stepped_bandpass_of(std::size_t r, std::size_t per_step);
  void take_mean_phases_out();
  void find_silent();
  std::size_t unsolvable(const Receptor& receptor) const;
  void solve_gain();
  void solve_intervals();

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
  RatioSums aligned_;  // [baseline, channel, receptor], not divided
  GainSettings gain_settings_;
  std::array<Receptor, kReceptors> receptors_;
  std::vector<bool> has_signal_;  // [antenna] over the band, in either receptor
  std::size_t channels_averaged_ = 1;
  bool has_delays_ = false;
};

}  // namespace contimg::calibrate
