// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/solve.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <chrono>
#include <cmath>
#include <future>

#include "astro/constants.h"
#include "base/error.h"
#include "base/version.h"
#include "calibrate/apply_set.h"
#include "calibrate/delay_solver.h"
#include "calibrate/refant.h"
#include "calibrate/smooth_fit.h"

namespace contimg::calibrate {
namespace {

using Clock = std::chrono::steady_clock;
using Gains = std::vector<std::complex<float>>;

constexpr std::size_t kReceptors = SetSums::kReceptorCount;
constexpr std::size_t kCoarse = 4;  // channels of the coarse bandpass's steps
constexpr double kDelayTurn_rad = 3 * astro::kDegree;
constexpr double kDeadShare = 0.95;
constexpr double kGoodSnr = 20;   // of a bandpass's solutions: 5 % of amplitude, 3 degrees
constexpr double kSignalSnr = 4;  // of a gain over the band; noise alone exceeds it in 3e-4

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

template <typename T>
double median(std::vector<T> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

/// Runs the work on both receptors, at once where there are threads.
template <typename Work>
void for_receptors(std::size_t n_thread, const Work& work) {
  if (n_thread < 2) {
    for (std::size_t r = 0; r < kReceptors; ++r) work(r);
    return;
  }
  std::future<void> other = std::async(std::launch::async, work, std::size_t{1});
  work(std::size_t{0});
  other.get();
}

std::complex<float> turned(std::complex<float> value, std::complex<float> gain1,
                           std::complex<float> gain2) {
  const float re = gain1.real() * gain2.real() + gain1.imag() * gain2.imag();
  const float im = gain1.imag() * gain2.real() - gain1.real() * gain2.imag();
  // value conj(gain1 conj(gain2))
  return {value.real() * re + value.imag() * im, value.imag() * re - value.real() * im};
}

/// What is solved of one receptor.
struct Receptor {
  DelaySolution delay;
  Bandpass bandpass;
  GainSolution gain;
  std::vector<GainSolution> intervals;
  Gains product;                      ///< [antenna, channel] K B G
  std::vector<std::uint8_t> flagged;  ///< [antenna, channel] of it
};

class Solver {
 public:
  Solver(const SolveSettings& settings, SetSums sums, ms::Description set, std::size_t refant)
      : settings_(settings),
        sums_(std::move(sums)),
        set_(std::move(set)),
        frequency_hz_(set_.spectral_windows[0].frequency_hz),
        middle_hz_((frequency_hz_.front() + frequency_hz_.back()) / 2),
        n_baseline_(sums_.baselines.size()),
        n_channel_(sums_.n_channel),
        aligned_(sums_.interval_cells()) {
    gain_settings_.refant = refant;
    gain_settings_.min_snr = settings.min_snr;
    gain_settings_.min_baselines = settings.min_baselines;
  }

  void run() {
    for_receptors(settings_.n_thread, [this](std::size_t r) {
      align(r);
      solve_delays_of(r);
    });
    has_delays_ = delays_matter();
    for_receptors(settings_.n_thread, [this](std::size_t r) { solve_bandpass_of(r); });
    channels_averaged_ = channels_to_average();
    if (channels_averaged_ > 1)
      for_receptors(settings_.n_thread,
                    [this](std::size_t r) { solve_stepped_bandpass_of(r, channels_averaged_); });
    for_receptors(settings_.n_thread, [this](std::size_t r) { multiply(r); });
    find_silent();
    for_receptors(settings_.n_thread, [this](std::size_t r) {
      solve_gain_of(r);
      solve_intervals_of(r);
    });
  }

  SolvedSet result(const std::string& ms_name);

 private:
  std::size_t cell(std::size_t interval, std::size_t baseline, std::size_t channel,
                   std::size_t receptor) const {
    return sums_.cell(interval, baseline, channel, receptor);
  }

  RatioView view(const RatioSums& divided, std::size_t receptor) const {
    return {divided.product.data() + receptor, divided.power.data() + receptor, n_channel_,
            n_channel_ * kReceptors, kReceptors};
  }

  std::size_t fullest_interval(std::size_t receptor) const {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t i = 0; i < sums_.n_interval(); ++i) {
      double total = 0;
      for (std::size_t b = 0; b < n_baseline_; ++b)
        for (std::size_t c = 0; c < n_channel_; c += kCoarse)
          total += sums_.sums.power[cell(i, b, c, receptor)];
      if (total > most) {
        most = total;
        best = i;
      }
    }
    return best;
  }

  // [antenna, coarse step] gains of one interval, good enough to average over the band with.
  SeriesSolution coarse_bandpass(std::size_t interval, std::size_t receptor) const {
    const std::size_t n_step = (n_channel_ + kCoarse - 1) / kCoarse;
    RatioSums coarse(n_baseline_ * n_step);
    for (std::size_t b = 0; b < n_baseline_; ++b)
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t from = cell(interval, b, c, receptor), to = b * n_step + c / kCoarse;
        coarse.product[to] += sums_.sums.product[from];
        coarse.power[to] += sums_.sums.power[from];
      }
    coarse.divide();
    return solve_series(sums_.n_antenna, sums_.baselines,
                        {coarse.product.data(), coarse.power.data(), n_step, n_step, 1},
                        gain_settings_);
  }

  // Gains of an interval over all channels, on top of `gains` [antenna, channel / per_step].
  GainSolution solve_band(std::size_t interval, std::size_t receptor, const RatioSums& sums,
                          const Gains& gains, const std::vector<std::uint8_t>& flagged,
                          std::size_t per_step) const {
    const std::size_t n_step = (n_channel_ + per_step - 1) / per_step;
    RatioSums band(n_baseline_);
    for (std::size_t b = 0; b < n_baseline_; ++b) {
      const std::size_t p = sums_.baselines[b].antenna1 * n_step;
      const std::size_t q = sums_.baselines[b].antenna2 * n_step;
      std::complex<float> product = 0;
      float power = 0;
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t step = c / per_step;
        if (flagged[p + step] || flagged[q + step]) continue;
        const std::size_t at = cell(interval, b, c, receptor);
        product += turned(sums.product[at], gains[p + step], gains[q + step]);
        power += sums.power[at] * std::norm(gains[p + step]) * std::norm(gains[q + step]);
      }
      band.product[b] = product;
      band.power[b] = power;
    }
    band.divide();
    return solve_gains(sums_.n_antenna, sums_.baselines, band.product, band.power, gain_settings_);
  }

  // Sums all intervals into `aligned_`, their phases turned to the mean of each antenna's.
  void align(std::size_t receptor) {
    const std::size_t n_interval = sums_.n_interval(), n_antenna = sums_.n_antenna;
    std::vector<Gains> turn(n_interval, Gains(n_antenna, 1));
    if (n_interval > 1) {
      const SeriesSolution coarse = coarse_bandpass(fullest_interval(receptor), receptor);
      Gains mean(n_antenna, 0);
      for (std::size_t i = 0; i < n_interval; ++i) {
        const GainSolution phases =
            solve_band(i, receptor, sums_.sums, coarse.gain, coarse.flagged, kCoarse);
        for (std::size_t a = 0; a < n_antenna; ++a) {
          if (phases.flagged[a] || !phases.converged) continue;
          turn[i][a] = phases.gain[a] / std::abs(phases.gain[a]);
          mean[a] += turn[i][a];
        }
      }
      for (std::size_t a = 0; a < n_antenna; ++a)
        if (std::abs(mean[a]) > 0)
          for (Gains& interval : turn) interval[a] *= std::conj(mean[a]) / std::abs(mean[a]);
    }
    const std::size_t only = settings_.combine_intervals ? n_interval : fullest_interval(receptor);
    for (std::size_t i = 0; i < n_interval; ++i) {
      if (only != n_interval && i != only) continue;
      for (std::size_t b = 0; b < n_baseline_; ++b) {
        const std::complex<float> p = turn[i][sums_.baselines[b].antenna1];
        const std::complex<float> q = turn[i][sums_.baselines[b].antenna2];
        for (std::size_t c = 0; c < n_channel_; ++c) {
          const std::size_t from = cell(i, b, c, receptor), to = cell(0, b, c, receptor);
          aligned_.product[to] += turned(sums_.sums.product[from], p, q);
          aligned_.power[to] += sums_.sums.power[from];
        }
      }
    }
  }

  void divide(std::size_t receptor) {
    for (std::size_t at = receptor; at < aligned_.power.size(); at += kReceptors)
      if (aligned_.power[at] > 0) aligned_.product[at] /= aligned_.power[at];
  }

  // The opposite of divide().
  void multiply(std::size_t receptor) {
    for (std::size_t at = receptor; at < aligned_.power.size(); at += kReceptors)
      aligned_.product[at] *= aligned_.power[at];
  }

  // Leaves `aligned_` divided.
  void solve_delays_of(std::size_t receptor) {
    divide(receptor);
    DelaySettings delays;
    delays.refant = gain_settings_.refant;
    if (n_channel_ > 1)
      receptors_[receptor].delay = solve_delays(sums_.n_antenna, sums_.baselines,
                                                view(aligned_, receptor), frequency_hz_, delays);
  }

  bool delays_matter() const {
    const double band_hz = frequency_hz_.back() - frequency_hz_.front();
    for (const Receptor& receptor : receptors_)
      for (std::size_t a = 0; a < receptor.delay.delay_s.size(); ++a) {
        const double delay_s = std::abs(receptor.delay.delay_s[a]);
        if (!receptor.delay.flagged[a] && delay_s > 5 * receptor.delay.error_s[a] &&
            2 * astro::kPi * delay_s * band_hz > kDelayTurn_rad)
          return true;
      }
    return false;
  }

  std::complex<float> delay_gain(const Receptor& receptor, std::size_t antenna,
                                 std::size_t channel) const {
    if (!has_delays_) return 1;
    // As the table will hold it, in nanoseconds and single precision.
    const double delay_s = static_cast<float>(receptor.delay.delay_s[antenna] * 1e9) * 1e-9;
    return std::complex<float>(
        std::polar(1.0, 2 * astro::kPi * delay_s * (frequency_hz_[channel] - middle_hz_)));
  }

  void solve_bandpass_of(std::size_t r) {
    Receptor& receptor = receptors_[r];
    if (has_delays_) {
      Gains turn(sums_.n_antenna * n_channel_);
      for (std::size_t a = 0; a < sums_.n_antenna; ++a)
        for (std::size_t c = 0; c < n_channel_; ++c)
          turn[a * n_channel_ + c] = delay_gain(receptor, a, c);
      for (std::size_t b = 0; b < n_baseline_; ++b) {
        const auto* p = &turn[sums_.baselines[b].antenna1 * n_channel_];
        const auto* q = &turn[sums_.baselines[b].antenna2 * n_channel_];
        for (std::size_t c = 0; c < n_channel_; ++c) {
          std::complex<float>& value = aligned_.product[cell(0, b, c, r)];
          value = turned(value, p[c], q[c]);
        }
      }
    }
    receptor.bandpass = solve_bandpass(sums_.n_antenna, sums_.baselines, view(aligned_, r),
                                       gain_settings_, settings_.max_gap);
  }

  // Channels to average for a bandpass that is no noisier than kGoodSnr; a quarter of all at most.
  std::size_t channels_to_average() const {
    std::vector<float> snr;
    for (const Receptor& receptor : receptors_)
      for (std::size_t i = 0; i < receptor.bandpass.series.snr.size(); ++i)
        if (!receptor.bandpass.series.flagged[i]) snr.push_back(receptor.bandpass.series.snr[i]);
    const double reached = median(snr);
    std::size_t step = 1;
    while (4 * step < n_channel_ && reached * std::sqrt(static_cast<double>(step)) < kGoodSnr)
      step *= 2;
    return step;
  }

  // A bandpass of steps of `per_step` channels, as one of single channels.
  void solve_stepped_bandpass_of(std::size_t r, std::size_t per_step) {
    const std::size_t n_step = (n_channel_ + per_step - 1) / per_step;
    RatioSums sums(n_baseline_ * n_step);
    for (std::size_t b = 0; b < n_baseline_; ++b)
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t from = cell(0, b, c, r), to = b * n_step + c / per_step;
        sums.product[to] += aligned_.product[from] * aligned_.power[from];
        sums.power[to] += aligned_.power[from];
      }
    sums.divide();
    SeriesSolution steps =
        solve_series(sums_.n_antenna, sums_.baselines,
                     {sums.product.data(), sums.power.data(), n_step, n_step, 1}, gain_settings_);
    SeriesSolution& series = receptors_[r].bandpass.series;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a)
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t from = a * n_step + c / per_step, to = a * n_channel_ + c;
        series.gain[to] = steps.gain[from];
        series.error[to] = steps.error[from];
        series.snr[to] = steps.snr[from];
        series.flagged[to] = steps.flagged[from];
        series.interpolated[to] = 0;
        series.quality[c] = steps.quality[c / per_step];
      }
    receptors_[r].bandpass.scale = normalise_amplitudes(series);
    receptors_[r].bandpass.n_filled = 0;
  }

  // An antenna with solutions in less than half of the channels has chance ones: it is left out. It
  // is dead when there is no more than noise over the whole band, either.
  void find_silent() {
    has_signal_.assign(sums_.n_antenna, false);
    for (std::size_t r = 0; r < kReceptors; ++r) {
      SeriesSolution& series = receptors_[r].bandpass.series;
      const std::size_t missing = unsolvable(receptors_[r]);
      Gains flat = series.gain;
      std::vector<std::uint8_t> used = series.flagged;
      for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
        auto* flagged = &series.flagged[a * n_channel_];
        const auto n = static_cast<std::size_t>(std::count(flagged, flagged + n_channel_, 1));
        if (2 * n <= n_channel_ + missing) continue;
        std::fill(flagged, flagged + n_channel_, 1);
        std::fill_n(&flat[a * n_channel_], n_channel_, std::complex<float>(1));
        std::fill_n(&used[a * n_channel_], n_channel_, 0);
      }
      const GainSolution band = solve_band(0, r, aligned_, flat, used, 1);
      for (std::size_t a = 0; a < sums_.n_antenna; ++a)
        if (band.snr[a] > kSignalSnr) has_signal_[a] = true;
    }
  }

  // Channels that no antenna has a solution in: a subband that is missing.
  std::size_t unsolvable(const Receptor& receptor) const {
    std::size_t count = 0;
    for (std::size_t c = 0; c < n_channel_; ++c) {
      bool any = false;
      for (std::size_t a = 0; a < sums_.n_antenna && !any; ++a)
        any = !receptor.bandpass.series.flagged[a * n_channel_ + c];
      count += !any;
    }
    return count;
  }

  // `aligned_` is free of delays.
  void solve_gain_of(std::size_t r) {
    Receptor& receptor = receptors_[r];
    const SeriesSolution& series = receptor.bandpass.series;
    receptor.gain = solve_band(0, r, aligned_, series.gain, series.flagged, 1);
    receptor.product = series.gain;
    receptor.flagged = series.flagged;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a)
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t at = a * n_channel_ + c;
        if (receptor.gain.flagged[a] || (has_delays_ && receptor.delay.flagged[a]))
          receptor.flagged[at] = 1;
        receptor.product[at] *= receptor.gain.gain[a] * delay_gain(receptor, a, c);
      }
  }

  void solve_intervals_of(std::size_t r) {
    Receptor& receptor = receptors_[r];
    if (sums_.n_interval() < 2) return;
    for (std::size_t i = 0; i < sums_.n_interval(); ++i)
      receptor.intervals.push_back(
          solve_band(i, r, sums_.sums, receptor.product, receptor.flagged, 1));
  }

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

// --- tables

caltable::CalTable Solver::empty_table(caltable::Kind kind, const std::string& ms_name) const {
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

caltable::Solutions Solver::whole(caltable::Kind kind, std::size_t n_channel) const {
  caltable::Solutions solutions = caltable::flagged_solutions(kind, sums_.n_antenna, n_channel);
  const double first = sums_.time_mjd_s.front() - sums_.interval_s.front() / 2;
  const double last = sums_.time_mjd_s.back() + sums_.interval_s.back() / 2;
  solutions.time_mjd_s = (first + last) / 2;
  solutions.interval_s = last - first;
  solutions.refant = static_cast<std::int32_t>(gain_settings_.refant);
  return solutions;
}

caltable::CalTable Solver::delay_table(const std::string& ms_name) const {
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

caltable::CalTable Solver::bandpass_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::bandpass, ms_name);
  caltable::Solutions solutions = whole(caltable::Kind::bandpass, n_channel_);
  for (std::size_t r = 0; r < kReceptors; ++r) {
    const SeriesSolution& series = receptors_[r].bandpass.series;
    for (std::size_t from = 0; from < series.gain.size(); ++from) {
      if (series.flagged[from] || unsolved(from / n_channel_, r)) continue;
      const std::size_t at = from * kReceptors + r;
      solutions.gain[at] = series.gain[from];
      solutions.error[at] = series.error[from];
      solutions.snr[at] = series.snr[from];
      solutions.flagged[at] = 0;
    }
  }
  table.solutions = {solutions};
  return table;
}

void Solver::store(const GainSolution& gains, std::size_t receptor, caltable::Solutions& to) const {
  for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
    if (gains.flagged[a] || !gains.converged || unsolved(a, receptor)) continue;
    const std::size_t at = a * kReceptors + receptor;
    to.gain[at] = gains.gain[a];
    to.error[at] = gains.error[a];
    to.snr[at] = gains.snr[a];
    to.flagged[at] = 0;
  }
}

caltable::CalTable Solver::gain_table(const std::string& ms_name) const {
  caltable::CalTable table = empty_table(caltable::Kind::gain, ms_name);
  table.solutions = {whole(caltable::Kind::gain, 1)};
  for (std::size_t r = 0; r < kReceptors; ++r) store(receptors_[r].gain, r, table.solutions[0]);
  return table;
}

caltable::CalTable Solver::interval_table(const std::string& ms_name) const {
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

bool Solver::unsolved(std::size_t antenna, std::size_t receptor) const {
  const Receptor& one = receptors_[receptor];
  if (one.gain.flagged[antenna] || !one.gain.converged) return true;
  if (has_delays_ && one.delay.flagged[antenna]) return true;
  const auto* first = &one.bandpass.series.flagged[antenna * n_channel_];
  return std::count(first, first + n_channel_, 1) == static_cast<std::ptrdiff_t>(n_channel_);
}

// --- figures

void Solver::figures(SolvedSet& solved) const {
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

SolvedSet Solver::result(const std::string& ms_name) {
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

// --- health

// [antenna] share of its visibilities with live antennas that are flagged; 1 without any.
std::vector<double> flagged_shares(const SetSums& sums) {
  std::vector<double> share(sums.n_antenna, 1);
  std::vector<bool> dead(sums.n_antenna, false);
  while (true) {
    std::vector<double> total(sums.n_antenna, 0), good(sums.n_antenna, 0);
    for (std::size_t b = 0; b < sums.baselines.size(); ++b) {
      const auto [p, q] = sums.baselines[b];
      if (dead[p] || dead[q]) continue;
      for (const std::uint32_t a : {p, q}) {
        total[a] += static_cast<double>(sums.n_total[b]);
        good[a] += static_cast<double>(sums.n_good[b]);
      }
    }
    std::size_t worst = sums.n_antenna;
    for (std::size_t a = 0; a < sums.n_antenna; ++a) {
      if (dead[a]) continue;
      share[a] = total[a] > 0 ? 1 - good[a] / total[a] : 1;
      if (share[a] > kDeadShare && (worst == sums.n_antenna || share[a] > share[worst])) worst = a;
    }
    if (worst == sums.n_antenna) return share;
    dead[worst] = true;
    share[worst] = 1;
  }
}

std::size_t find_refant(const std::string& ms_path, const SolveSettings& settings,
                        const ms::Description& set, const std::vector<double>& shares) {
  std::vector<AntennaHealth> health;
  for (std::size_t a = 0; a < shares.size(); ++a)
    health.push_back({set.antennas[a].name, shares[a]});
  std::vector<std::string> preferred = dsa110_refants();
  if (!settings.refant.empty() && settings.refant != "auto") preferred = {settings.refant};
  const auto refant = choose_refant(health, preferred);
  if (!refant)
    throw DataError(ms_path +
                    ": no antenna is flagged less than half, expected one that can be "
                    "the reference; look at the flags (flag-ms)");
  return *refant;
}

SumSettings sum_settings(const SolveSettings& settings, const ms::Description& set,
                         const caltable::Calibration* pre_applied) {
  const std::vector<double>& f = set.spectral_windows.at(0).frequency_hz;
  SumSettings sums;
  sums.interval_s = settings.interval_s;
  sums.uv_range = parse_uv_range(settings.uv_range, (f.front() + f.back()) / 2);
  sums.model = settings.model;
  sums.pre_applied = pre_applied;
  sums.use_integration = settings.use_integration;
  sums.n_thread = settings.n_thread;
  sums.progress = settings.progress;
  sums.check = settings.check;
  return sums;
}

void require_live(const std::string& ms_path, std::size_t n_live, std::size_t least,
                  const std::string& what) {
  if (n_live == 0) throw DataError(ms_path + ": all data are flagged, expected some to solve with");
  if (n_live < least)
    throw DataError(ms_path + ": " + std::to_string(n_live) + " live antennas" + what +
                    ", expected at least " + std::to_string(least) + " (--min-antennas)");
}

}  // namespace

SolvedSet solve_set(const std::string& ms_path, const SolveSettings& settings) {
  const Clock::time_point begin = Clock::now();
  const ms::Reader reader(ms_path);
  const ms::Description set = reader.description();
  const Calibrator calibrator = find_calibrator(set, settings.calibrator);
  const ms::RowKeys keys = reader.keys();
  if (keys.integration_time_s.empty()) throw DataError(ms_path + ": a set without rows");
  FieldModel model(set, keys.integration_time_s[0], calibrator.sources,
                   astro::EarthOrientation::from_setting(settings.earth_orientation));
  std::optional<caltable::Calibration> pre_applied;
  if (!settings.pre_applied.empty()) pre_applied.emplace(read_caltables(settings.pre_applied), set);
  SetSums sums = sum_set(ms_path, reader, model,
                         sum_settings(settings, set, pre_applied ? &*pre_applied : nullptr));
  const double read_s = seconds_since(begin);
  const std::vector<double> shares = flagged_shares(sums);
  const auto n_live =
      std::count_if(shares.begin(), shares.end(), [](double share) { return share <= kDeadShare; });
  require_live(ms_path, static_cast<std::size_t>(n_live), settings.min_antennas, "");
  const std::size_t refant = find_refant(ms_path, settings, set, shares);
  const Clock::time_point solving = Clock::now();
  Solver solver(settings, std::move(sums), set, refant);
  solver.run();
  if (settings.check) settings.check();
  SolvedSet solved = solver.result(boost::filesystem::path(ms_path).filename().string());
  require_live(ms_path, solved.antennas.size(), settings.min_antennas, " with a signal");
  solved.calibrator = calibrator;
  solved.figures.beam_response = calibrator.beam_response;
  solved.figures.dec_offset_deg = calibrator.dec_offset_deg;
  solved.figures.refant_flagged = shares[refant];
  const double middle_mjd_s = (set.first_time_mjd_s + set.last_time_mjd_s) / 2;
  solved.solved_mjd = middle_mjd_s / astro::kSecondsPerDay;
  solved.dec_deg = pointing_at(set, middle_mjd_s).dec_rad / astro::kDegree;
  solved.read_s = read_s;
  solved.solve_s = seconds_since(solving);
  return solved;
}

}  // namespace contimg::calibrate
