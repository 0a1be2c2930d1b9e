// SPDX-License-Identifier: GPL-3.0-or-later
// What SetSolver hands back: solutions as K, B, G and G2 tables, figures for the gates, antennas by fate.
#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "base/median.h"
#include "base/version.h"
#include "calibrate/set_solver.h"
#include "calibrate/smooth_fit.h"

namespace contimg::calibrate {

caltable::CalTable SetSolver::empty_table(caltable::Kind kind, const std::string& ms_name) const {
  caltable::CalTable table;
  table.kind = kind;
  table.ms_name = ms_name;
  table.description = set_;
  table.description.provenance_application = std::string("calibrate-ms ") + kVersion;
  table.description.provenance_command = settings_.command_line;
  if (kind == caltable::Kind::bandpass) return table;
  for (ms::SpectralWindow& window : table.description.spectral_windows)
    window = caltable::whole_band(window);
  table.reference_frequency_hz = {middle_hz_};
  return table;
}

caltable::Solutions SetSolver::whole(caltable::Kind kind, std::size_t n_channel) const {
  caltable::Solutions solutions = caltable::flagged_solutions(kind, sums_.n_antenna, n_channel);
  const double first = sums_.time_mjd_s.front() - sums_.interval_s.front() / 2;
  const double last = sums_.time_mjd_s.back() + sums_.interval_s.back() / 2;
  solutions.time_mjd_s = (first + last) / 2;
  solutions.interval_s = last - first;
  solutions.refant = static_cast<std::int32_t>(gain_settings_.refant);
  return solutions;
}

caltable::CalTable SetSolver::delay_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::delay, ms_name);
  caltable::Solutions solutions = whole(caltable::Kind::delay, 1);
  for (std::size_t r = 0; r < kReceptors; ++r)
    for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
      const DelaySolution& delay = receptors_[r].delay;
      if (delay.flagged[a] || unsolved(a, r)) continue;
      const std::size_t at = a * kReceptors + r;
      solutions.delay_ns[at] = static_cast<float>(delay.delay_s[a] * 1e9);
      solutions.error[at] = static_cast<float>(delay.error_s[a] * 1e9);
      solutions.snr[at] = delay.snr[a];
      solutions.flagged[at] = 0;
    }
  table.solutions = {solutions};
  return table;
}

caltable::CalTable SetSolver::bandpass_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::bandpass, ms_name);
  caltable::Solutions solutions = whole(caltable::Kind::bandpass, n_channel_);
  for (std::size_t r = 0; r < kReceptors; ++r) {
    const SeriesSolution& series = receptors_[r].bandpass.series;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
      if (unsolved(a, r)) continue;
      for (std::size_t from = a * n_channel_; from < (a + 1) * n_channel_; ++from) {
        if (series.flagged[from]) continue;
        const std::size_t at = from * kReceptors + r;
        solutions.gain[at] = series.gain[from];
        solutions.error[at] = series.error[from];
        solutions.snr[at] = series.snr[from];
        solutions.flagged[at] = 0;
      }
    }
  }
  table.solutions = {solutions};
  return table;
}

void SetSolver::store(const GainSolution& gains, std::size_t receptor,
                      caltable::Solutions& to) const {
  for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
    if (gains.flagged[a] || !gains.converged || unsolved(a, receptor)) continue;
    const std::size_t at = a * kReceptors + receptor;
    to.gain[at] = gains.gain[a];
    to.error[at] = gains.error[a];
    to.snr[at] = gains.snr[a];
    to.flagged[at] = 0;
  }
}

caltable::CalTable SetSolver::gain_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::gain, ms_name);
  table.solutions = {whole(caltable::Kind::gain, 1)};
  for (std::size_t r = 0; r < kReceptors; ++r) store(receptors_[r].gain, r, table.solutions[0]);
  return table;
}

caltable::CalTable SetSolver::interval_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::gain, ms_name);
  for (std::size_t i = 0; i < sums_.n_interval(); ++i) {
    caltable::Solutions solutions = whole(caltable::Kind::gain, 1);
    solutions.time_mjd_s = sums_.time_mjd_s[i];
    solutions.interval_s = sums_.interval_s[i];
    for (std::size_t r = 0; r < kReceptors; ++r) store(receptors_[r].intervals[i], r, solutions);
    table.solutions.push_back(solutions);
  }
  return table;
}

bool SetSolver::unsolved(std::size_t antenna, std::size_t receptor) const {
  const Receptor& one = receptors_[receptor];
  if (one.gain.flagged[antenna] || !one.gain.converged) return true;
  if (has_delays_ && one.delay.flagged[antenna]) return true;
  const auto* first = &one.bandpass.series.flagged[antenna * n_channel_];
  return std::count(first, first + n_channel_, 1) == static_cast<std::ptrdiff_t>(n_channel_);
}

void SetSolver::figures(SolvedSet& solved) const {
  std::vector<float> bandpass_snr, gain_snr, interval_snr;
  std::vector<double> chi, phase_scatter, amplitude_scatter;
  std::size_t n_flagged = 0, n_solution = 0, n_unconverged = 0, n_step = 0;
  for (const Receptor& receptor : receptors_) {
    const SeriesSolution& series = receptor.bandpass.series;
    for (const StepQuality& step : series.quality) {
      ++n_step;
      n_unconverged += !step.converged && step.degrees_of_freedom > 0;
      if (step.degrees_of_freedom > 0) chi.push_back(step.chi_squared / step.degrees_of_freedom);
    }
    for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
      if (unsolved(a, static_cast<std::size_t>(&receptor - receptors_.data()))) continue;
      const std::size_t first = a * n_channel_;
      for (std::size_t at = first; at < first + n_channel_; ++at) {
        ++n_solution;
        n_flagged += series.flagged[at] != 0;
        if (!series.flagged[at] && !series.interpolated[at]) bandpass_snr.push_back(series.snr[at]);
      }
      gain_snr.push_back(receptor.gain.snr[a]);
      for (const GainSolution& interval : receptor.intervals)
        if (!interval.flagged[a]) interval_snr.push_back(interval.snr[a]);
      const SmoothFit fit = fit_smooth(frequency_hz_, {&series.gain[first], n_channel_},
                                       {&series.flagged[first], n_channel_});
      if (!fit.fitted) continue;
      phase_scatter.push_back(fit.phase_scatter_rad / astro::kDegree);
      amplitude_scatter.push_back(fit.amplitude_scatter);
    }
    solved.n_interpolated += receptor.bandpass.n_filled;
    if (has_delays_)
      for (std::size_t a = 0; a < sums_.n_antenna; ++a)
        if (!receptor.delay.flagged[a])
          solved.largest_delay_ns =
              std::max(solved.largest_delay_ns, std::abs(receptor.delay.delay_s[a]) * 1e9);
  }
  solved.figures.flagged_share =
      n_solution ? static_cast<double>(n_flagged) / static_cast<double>(n_solution) : 1;
  double worst = std::min(median(bandpass_snr), median(gain_snr));
  if (!interval_snr.empty()) worst = std::min(worst, median(interval_snr));
  solved.figures.median_snr = worst;
  solved.figures.phase_scatter_deg = median(phase_scatter);
  solved.figures.unconverged_share =
      static_cast<double>(n_unconverged) / static_cast<double>(std::max<std::size_t>(1, n_step));
  solved.chi_squared = median(chi);
  solved.amplitude_scatter = median(amplitude_scatter);
}

SolvedSet SetSolver::result(const std::string& ms_name) const {
  SolvedSet solved;
  if (has_delays_) {
    solved.suffixes.push_back(".K");
    solved.tables.push_back(delay_table(ms_name));
  }
  solved.suffixes.push_back(".B");
  solved.tables.push_back(bandpass_table(ms_name));
  solved.suffixes.push_back(".G");
  solved.tables.push_back(gain_table(ms_name));
  if (sums_.n_interval() > 1) {
    solved.suffixes.push_back(".G2");
    solved.tables.push_back(interval_table(ms_name));
  }
  std::vector<bool> used(sums_.n_antenna, false);
  for (const Baseline& b : sums_.baselines) used[b.antenna1] = used[b.antenna2] = true;
  for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
    if (!used[a]) continue;
    const bool is_solved = !unsolved(a, 0) || !unsolved(a, 1);
    auto& kind = is_solved        ? solved.antennas
                 : has_signal_[a] ? solved.weak_antennas
                                  : solved.dead_antennas;
    kind.push_back(set_.antennas[a].name);
  }
  solved.channels_averaged = channels_averaged_;
  solved.refant = set_.antennas[gain_settings_.refant].name;
  figures(solved);
  solved.figures.live_antennas = static_cast<double>(solved.antennas.size());
  return solved;
}

}  // namespace contimg::calibrate
