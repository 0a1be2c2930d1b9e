// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/set_solver.h"

#include <algorithm>
#include <cmath>
#include <future>

#include "astro/constants.h"
#include "base/median.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kCoarse = 4;  // channels of the coarse bandpass's steps
constexpr double kDelayTurn_rad = 3 * astro::kDegree;
constexpr double kGoodSnr = 20;   // of a bandpass's solutions: 5 % of amplitude, 3 degrees
constexpr double kSignalSnr = 4;  // of a gain over the band; noise alone exceeds it in 3e-4

/// Runs the work on both receptors, at once where there are threads.
template <typename Work>
void for_receptors(std::size_t n_thread, const Work& work) {
  if (n_thread < 2) {
    for (std::size_t r = 0; r < 2; ++r) work(r);
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

}  // namespace

SetSolver::SetSolver(const SolveSettings& settings, SetSums sums, ms::Description set,
                     std::size_t refant)
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

void SetSolver::run() {
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

std::size_t SetSolver::cell(std::size_t interval, std::size_t baseline, std::size_t channel,
                            std::size_t receptor) const {
  return sums_.cell(interval, baseline, channel, receptor);
}

RatioView SetSolver::view(const RatioSums& divided, std::size_t receptor) const {
  return {divided.product.data() + receptor, divided.power.data() + receptor, n_channel_,
          n_channel_ * kReceptors, kReceptors};
}

std::size_t SetSolver::fullest_interval(std::size_t receptor) const {
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
SeriesSolution SetSolver::coarse_bandpass(std::size_t interval, std::size_t receptor) const {
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
GainSolution SetSolver::solve_band(std::size_t interval, std::size_t receptor,
                                   const RatioSums& sums, const Gains& gains,
                                   const std::vector<std::uint8_t>& flagged,
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
void SetSolver::align(std::size_t receptor) {
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

void SetSolver::divide(std::size_t receptor) {
  for (std::size_t at = receptor; at < aligned_.power.size(); at += kReceptors)
    if (aligned_.power[at] > 0) aligned_.product[at] /= aligned_.power[at];
}

// The opposite of divide().
void SetSolver::multiply(std::size_t receptor) {
  for (std::size_t at = receptor; at < aligned_.power.size(); at += kReceptors)
    aligned_.product[at] *= aligned_.power[at];
}

// Leaves `aligned_` divided.
void SetSolver::solve_delays_of(std::size_t receptor) {
  divide(receptor);
  DelaySettings delays;
  delays.refant = gain_settings_.refant;
  if (n_channel_ > 1)
    receptors_[receptor].delay = solve_delays(sums_.n_antenna, sums_.baselines,
                                              view(aligned_, receptor), frequency_hz_, delays);
}

bool SetSolver::delays_matter() const {
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

std::complex<float> SetSolver::delay_gain(const Receptor& receptor, std::size_t antenna,
                                          std::size_t channel) const {
  if (!has_delays_) return 1;
  // As the table will hold it, in nanoseconds and single precision.
  const double delay_s = static_cast<float>(receptor.delay.delay_s[antenna] * 1e9) * 1e-9;
  return std::complex<float>(
      std::polar(1.0, 2 * astro::kPi * delay_s * (frequency_hz_[channel] - middle_hz_)));
}

void SetSolver::solve_bandpass_of(std::size_t r) {
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
std::size_t SetSolver::channels_to_average() const {
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
void SetSolver::solve_stepped_bandpass_of(std::size_t r, std::size_t per_step) {
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
void SetSolver::find_silent() {
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
std::size_t SetSolver::unsolvable(const Receptor& receptor) const {
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
void SetSolver::solve_gain_of(std::size_t r) {
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

void SetSolver::solve_intervals_of(std::size_t r) {
  Receptor& receptor = receptors_[r];
  if (sums_.n_interval() < 2) return;
  for (std::size_t i = 0; i < sums_.n_interval(); ++i)
    receptor.intervals.push_back(
        solve_band(i, r, sums_.sums, receptor.product, receptor.flagged, 1));
}

}  // namespace contimg::calibrate
