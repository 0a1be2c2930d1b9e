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

/// Runs the work on parts of a range, one for each thread.
template <typename Work>
void for_parts(std::size_t n_thread, std::size_t n, const Work& work) {
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < n_thread; ++i)
    others.push_back(
        std::async(std::launch::async, work, n * i / n_thread, n * (i + 1) / n_thread));
  work(std::size_t{0}, n / std::max<std::size_t>(n_thread, 1));
  for (std::future<void>& other : others) other.get();
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
      aligned_(RatioSums::not_yet(sums_.interval_cells())) {
  gain_settings_.refant = refant;
  gain_settings_.min_snr = settings.min_snr;
  gain_settings_.min_baselines = settings.min_baselines;
}

void SetSolver::run() {
  align();
  for_receptors(settings_.n_thread, [this](std::size_t r) { solve_delays_of(r); });
  has_delays_ = delays_matter();
  if (has_delays_) take_delays_out();
  for_receptors(settings_.n_thread, [this](std::size_t r) { solve_bandpass_of(r); });
  channels_averaged_ = channels_to_average();
  if (channels_averaged_ > 1)
    for_receptors(settings_.n_thread,
                  [this](std::size_t r) { solve_stepped_bandpass_of(r, channels_averaged_); });
  take_mean_phases_out();
  find_silent();
  solve_gain();
  solve_intervals();
}

std::size_t SetSolver::cell(std::size_t interval, std::size_t baseline) const {
  return sums_.cell(interval, baseline, 0, 0);
}

BaselineSums SetSolver::interval_sums(std::size_t interval, std::size_t baseline) const {
  const std::size_t at = cell(interval, baseline);
  return {&sums_.sums.product[at], &sums_.sums.power[at]};
}

BaselineSums SetSolver::aligned_sums(std::size_t baseline) const {
  const std::size_t at = cell(0, baseline);
  return {&aligned_.product[at], &aligned_.power[at]};
}

RatioView SetSolver::view(std::size_t receptor) const {
  RatioView view{aligned_.product.data() + receptor, aligned_.power.data() + receptor, n_channel_,
                 n_channel_ * kReceptors, kReceptors};
  view.is_sum = true;
  return view;
}

std::size_t SetSolver::fullest_interval() const {
  const auto& n_good = sums_.n_good_of_interval;
  return static_cast<std::size_t>(std::max_element(n_good.begin(), n_good.end()) - n_good.begin());
}

// Solves each receptor for [item] gains over the band from the sums that `sum` gives of an item
// and a baseline.
template <typename Sum>
SetSolver::BandSolutions SetSolver::solve_bands(std::size_t n_item, const Sum& sum) const {
  std::array<std::vector<RatioSums>, kReceptors> bands;
  for (auto& band : bands) band.assign(n_item, RatioSums(n_baseline_));
  for_parts(settings_.n_thread, n_baseline_, [&](std::size_t first, std::size_t end) {
    auto of_baseline = sum();
    for (std::size_t b = first; b < end; ++b)
      for (std::size_t i = 0; i < n_item; ++i) {
        const BandSum band = of_baseline(b, i);
        for (std::size_t r = 0; r < kReceptors; ++r) {
          bands[r][i].product[b] = band.product[r];
          bands[r][i].power[b] = band.power[r];
        }
      }
  });
  BandSolutions solved;
  for_receptors(settings_.n_thread, [&](std::size_t r) {
    for (RatioSums& band : bands[r]) {
      band.divide();
      solved[r].push_back(
          solve_gains(sums_.n_antenna, sums_.baselines, band.product, band.power, gain_settings_));
    }
  });
  return solved;
}

// The same on top of gains [antenna, channel, receptor], 0 where flagged.
SetSolver::BandSolutions SetSolver::solve_on_top(
    std::size_t n_item, const Gains& gains,
    const std::function<BaselineSums(std::size_t item, std::size_t baseline)>& sums) const {
  const std::size_t row = n_channel_ * kReceptors;
  return solve_bands(n_item, [&] {
    return [&, pair = PairGains(n_channel_)](std::size_t b, std::size_t item) mutable {
      if (item == 0)
        pair.set(&gains[sums_.baselines[b].antenna1 * row],
                 &gains[sums_.baselines[b].antenna2 * row]);
      return pair.sum(sums(item, b));
    };
  });
}

// [interval, antenna, receptor] turns that give all intervals the phases of the mean one.
SetSolver::Turns SetSolver::turns() const {
  const std::size_t n_interval = sums_.n_interval(), n_antenna = sums_.n_antenna;
  Turns turn(n_interval, std::vector<std::array<std::complex<float>, kReceptors>>(
                             n_antenna, {std::complex<float>(1), std::complex<float>(1)}));
  if (n_interval < 2) return turn;
  const std::size_t reference = fullest_interval();
  const auto phases = solve_bands(n_interval, [&] {
    return [&](std::size_t b, std::size_t i) {
      return sum_against(interval_sums(i, b), interval_sums(reference, b), n_channel_, kCoarse);
    };
  });
  for (std::size_t r = 0; r < kReceptors; ++r)
    for (std::size_t a = 0; a < n_antenna; ++a) {
      std::complex<float> mean = 0;
      for (std::size_t i = 0; i < n_interval; ++i) {
        const GainSolution& solution = phases[r][i];
        if (solution.flagged[a] || !solution.converged) continue;
        turn[i][a][r] = solution.gain[a] / std::abs(solution.gain[a]);
        mean += turn[i][a][r];
      }
      if (!(std::abs(mean) > 0)) continue;
      for (auto& interval : turn) interval[a][r] *= std::conj(mean) / std::abs(mean);
    }
  return turn;
}

// Sums all intervals into `aligned_`, their phases turned to the mean of each antenna's.
void SetSolver::align() {
  const Turns turn = turns();
  const std::size_t n = n_channel_ * kReceptors, only = fullest_interval();
  for_parts(settings_.n_thread, n_baseline_, [&](std::size_t first, std::size_t end) {
    for (std::size_t b = first; b < end; ++b) {
      std::complex<float>* product = &aligned_.product[cell(0, b)];
      float* power = &aligned_.power[cell(0, b)];
      std::fill_n(product, n, std::complex<float>(0));
      std::fill_n(power, n, 0.0F);
      for (std::size_t i = 0; i < sums_.n_interval(); ++i) {
        if (!settings_.combine_intervals && i != only) continue;
        const auto& p = turn[i][sums_.baselines[b].antenna1];
        const auto& q = turn[i][sums_.baselines[b].antenna2];
        add_turned(interval_sums(i, b), {std::conj(p[0]) * q[0], std::conj(p[1]) * q[1]},
                   n_channel_, product, power);
      }
    }
  });
}

void SetSolver::solve_delays_of(std::size_t receptor) {
  DelaySettings delays;
  delays.refant = gain_settings_.refant;
  if (n_channel_ > 1)
    receptors_[receptor].delay =
        solve_delays(sums_.n_antenna, sums_.baselines, view(receptor), frequency_hz_, delays);
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

void SetSolver::take_delays_out() {
  const std::size_t row = n_channel_ * kReceptors;
  Gains turn(sums_.n_antenna * row);
  for (std::size_t r = 0; r < kReceptors; ++r)
    for (std::size_t a = 0; a < sums_.n_antenna; ++a)
      for (std::size_t c = 0; c < n_channel_; ++c)
        turn[a * row + c * kReceptors + r] = delay_gain(receptors_[r], a, c);
  for_parts(settings_.n_thread, n_baseline_, [&](std::size_t first, std::size_t end) {
    PairGains pair(n_channel_);
    for (std::size_t b = first; b < end; ++b) {
      pair.set(&turn[sums_.baselines[b].antenna1 * row], &turn[sums_.baselines[b].antenna2 * row]);
      pair.turn(&aligned_.product[cell(0, b)]);
    }
  });
}

void SetSolver::solve_bandpass_of(std::size_t r) {
  receptors_[r].bandpass =
      solve_bandpass(sums_.n_antenna, sums_.baselines, view(r), gain_settings_, settings_.max_gap);
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
      const std::size_t from = sums_.cell(0, b, c, r), to = b * n_step + c / per_step;
      sums.product[to] += aligned_.product[from];
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

// The bandpass keeps what changes with frequency; the mean phase is left to G, as the mean amplitude
// is.
void SetSolver::take_mean_phases_out() {
  for (Receptor& receptor : receptors_) {
    SeriesSolution& series = receptor.bandpass.series;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
      std::complex<double> mean = 0;
      for (std::size_t at = a * n_channel_; at < (a + 1) * n_channel_; ++at)
        if (!series.flagged[at]) mean += std::complex<double>(series.gain[at]);
      if (!(std::abs(mean) > 0)) continue;
      const std::complex<float> turn(std::conj(mean) / std::abs(mean));
      for (std::size_t at = a * n_channel_; at < (a + 1) * n_channel_; ++at)
        if (!series.flagged[at]) series.gain[at] *= turn;
    }
  }
}

// Gains of both receptors as PairGains takes them.
SetSolver::Gains SetSolver::interleaved(const std::array<Gains, kReceptors>& gain,
                                        const std::array<Flags, kReceptors>& flagged) const {
  Gains both(sums_.n_antenna * n_channel_ * kReceptors);
  for (std::size_t r = 0; r < kReceptors; ++r)
    for (std::size_t i = 0; i < gain[r].size(); ++i)
      both[i * kReceptors + r] = flagged[r][i] ? std::complex<float>(0) : gain[r][i];
  return both;
}

// An antenna with solutions in less than half of the channels has chance ones: it is left out. It
// is dead when there is no more than noise over the whole band, either.
void SetSolver::find_silent() {
  has_signal_.assign(sums_.n_antenna, false);
  std::array<Gains, kReceptors> flat;
  std::array<Flags, kReceptors> unused;
  for (std::size_t r = 0; r < kReceptors; ++r) {
    SeriesSolution& series = receptors_[r].bandpass.series;
    const std::size_t missing = unsolvable(receptors_[r]);
    flat[r] = series.gain;
    unused[r] = series.flagged;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
      auto* flagged = &series.flagged[a * n_channel_];
      const auto n = static_cast<std::size_t>(std::count(flagged, flagged + n_channel_, 1));
      if (2 * n <= n_channel_ + missing) continue;
      std::fill(flagged, flagged + n_channel_, 1);
      std::fill_n(&flat[r][a * n_channel_], n_channel_, std::complex<float>(1));
      std::fill_n(&unused[r][a * n_channel_], n_channel_, 0);
    }
  }
  const auto band = solve_on_top(1, interleaved(flat, unused),
                                 [&](std::size_t, std::size_t b) { return aligned_sums(b); });
  for (std::size_t r = 0; r < kReceptors; ++r)
    for (std::size_t a = 0; a < sums_.n_antenna; ++a)
      if (band[r][0].snr[a] > kSignalSnr) has_signal_[a] = true;
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
void SetSolver::solve_gain() {
  const auto series = [&](std::size_t r) -> const SeriesSolution& {
    return receptors_[r].bandpass.series;
  };
  const Gains bandpass =
      interleaved({series(0).gain, series(1).gain}, {series(0).flagged, series(1).flagged});
  auto band =
      solve_on_top(1, bandpass, [&](std::size_t, std::size_t b) { return aligned_sums(b); });
  for (std::size_t r = 0; r < kReceptors; ++r) receptors_[r].gain = std::move(band[r][0]);
}

void SetSolver::solve_intervals() {
  if (sums_.n_interval() < 2) return;
  std::array<Gains, kReceptors> product;
  std::array<Flags, kReceptors> flagged;
  for (std::size_t r = 0; r < kReceptors; ++r) {
    const Receptor& receptor = receptors_[r];
    product[r] = receptor.bandpass.series.gain;
    flagged[r] = receptor.bandpass.series.flagged;
    for (std::size_t a = 0; a < sums_.n_antenna; ++a)
      for (std::size_t c = 0; c < n_channel_; ++c) {
        const std::size_t at = a * n_channel_ + c;
        if (receptor.gain.flagged[a] || (has_delays_ && receptor.delay.flagged[a]))
          flagged[r][at] = 1;
        product[r][at] *= receptor.gain.gain[a] * delay_gain(receptor, a, c);
      }
  }
  auto solved = solve_on_top(sums_.n_interval(), interleaved(product, flagged),
                             [&](std::size_t i, std::size_t b) { return interval_sums(i, b); });
  for (std::size_t r = 0; r < kReceptors; ++r) receptors_[r].intervals = std::move(solved[r]);
}

}  // namespace contimg::calibrate
