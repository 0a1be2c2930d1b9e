// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/gain_solver.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "calibrate/normal_matrix.h"

namespace contimg::calibrate {
namespace {

using Gain = std::complex<float>;

constexpr double kHuberSigma = 1.5;    // keeps 95 % of the efficiency with normal noise
constexpr float kStartAmplitude = 3;   // of the first round, in medians
constexpr std::size_t kMaxRounds = 6;  // of rejection; the set settles in two or three
constexpr double kRounding = 1e-6;     // of R, single precision: no residual is smaller than this

/// Of values that are not negative, of which there is at least one; changes their order.
float median_of_positive(std::vector<float>& values) {
  // Such numbers are ordered as their bits are. Counting by the leading ones first leaves few to
  // compare, whose order a processor cannot foresee.
  constexpr std::size_t kLow = 19, kBins = std::size_t{1} << (32 - kLow);
  const auto bin_of = [](float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits >> kLow;
  };
  std::array<std::uint32_t, kBins> count{};
  for (const float value : values) ++count[bin_of(value)];
  std::size_t bin = 0, before = 0;
  const std::size_t middle = values.size() / 2;
  while (before + count[bin] <= middle) before += count[bin++];
  const auto end = std::partition(values.begin(), values.end(),
                                  [&](float value) { return bin_of(value) == bin; });
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(middle - before);
  std::nth_element(values.begin(), place, end);
  return *place;
}

class GainSolver {
 public:
  GainSolver(std::size_t n_antenna, Span<const Baseline> baselines, Span<const Gain> ratio,
             Span<const float> weight, const GainSettings& settings);
  GainSolution solve(Span<const Gain> start);

 private:
  void flag_poorly_covered();
  void begin(Span<const Gain> start);
  void bound_amplitudes();
  void iterate();
  double measure_residuals();
  void reject_outliers();
  bool reject_beyond(double limit);
  void judge();
  void refer_phases(Span<const Gain> start);

  const std::size_t n_antenna_;
  const Span<const Baseline> baselines_;
  const Span<const Gain> ratio_;
  const GainSettings& settings_;
  std::vector<float> weight_;  ///< [baseline] as given, 0 where unusable.
  std::vector<float> used_;    ///< [baseline] those of this round.
  NormalMatrix matrix_;
  GainSolution solution_;
  float median_power_ = 0;       ///< Of |R|^2.
  std::vector<float> residual_;  ///< [baseline] w |residual|^2, 0 where unusable.
  double floor_ = 0;             ///< The least w |residual|^2 that is more than rounding.
};

GainSolver::GainSolver(std::size_t n_antenna, Span<const Baseline> baselines,
                       Span<const Gain> ratio, Span<const float> weight,
                       const GainSettings& settings)
    : n_antenna_(n_antenna),
      baselines_(baselines),
      ratio_(ratio),
      settings_(settings),
      weight_(weight.begin(), weight.end()),
      matrix_(n_antenna) {
  if (ratio.size() != baselines.size() || weight.size() != baselines.size())
    throw std::invalid_argument("solve_gains: baseline arrays differ in length");
  if (settings.refant >= n_antenna)
    throw std::invalid_argument("solve_gains: refant is out of range");
  double power = 0, n = 0;
  for (std::size_t b = 0; b < baselines.size(); ++b) {
    const auto [p, q] = baselines[b];
    if (p >= n_antenna || q >= n_antenna)
      throw std::invalid_argument("solve_gains: a baseline names an antenna out of range");
    const bool usable = p != q && weight_[b] > 0 && std::isfinite(weight_[b]) &&
                        std::isfinite(ratio[b].real()) && std::isfinite(ratio[b].imag());
    if (!usable) weight_[b] = 0;
    if (!usable) continue;
    power += static_cast<double>(weight_[b]) * std::norm(ratio[b]);
    ++n;
  }
  floor_ = n > 0 ? kRounding * kRounding * power / n : 0;
  solution_.flagged.assign(n_antenna, 0);
}

// Flagging one antenna takes a baseline from the others, hence until nothing changes.
void GainSolver::flag_poorly_covered() {
  for (bool again = true; again;) {
    again = false;
    std::vector<std::size_t> n_good(n_antenna_, 0);
    for (std::size_t b = 0; b < baselines_.size(); ++b) {
      const auto [p, q] = baselines_[b];
      if (solution_.flagged[p] || solution_.flagged[q]) weight_[b] = 0;
      if (!(weight_[b] > 0)) continue;
      ++n_good[p];
      ++n_good[q];
    }
    for (std::size_t a = 0; a < n_antenna_; ++a) {
      if (solution_.flagged[a] || n_good[a] >= std::max<std::size_t>(1, settings_.min_baselines))
        continue;
      solution_.flagged[a] = 1;
      again = true;
    }
  }
}

// Without a start: each antenna's phase as its baseline to the refant has it (or to the antenna
// with most baselines), all with the same amplitude.
void GainSolver::begin(Span<const Gain> start) {
  std::vector<float> power;
  power.reserve(baselines_.size());
  std::vector<std::size_t> n_good(n_antenna_, 0);
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    if (!(weight_[b] > 0)) continue;
    power.push_back(std::norm(ratio_[b]));
    ++n_good[baselines_[b].antenna1];
    ++n_good[baselines_[b].antenna2];
  }
  median_power_ = median_of_positive(power);
  if (start.size() == n_antenna_) {
    solution_.gain.assign(start.begin(), start.end());
    return;
  }
  const float size = std::sqrt(std::sqrt(median_power_));
  solution_.gain.assign(n_antenna_, Gain(size, 0));
  std::size_t hub = settings_.refant;
  if (solution_.flagged[hub])
    hub = static_cast<std::size_t>(std::max_element(n_good.begin(), n_good.end()) - n_good.begin());
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    const auto [p, q] = baselines_[b];
    if (!(weight_[b] > 0) || (p != hub && q != hub) || !(std::abs(ratio_[b]) > 0)) continue;
    const Gain phase = ratio_[b] / std::abs(ratio_[b]);
    (p == hub ? solution_.gain[q] : solution_.gain[p]) =
        size * (p == hub ? std::conj(phase) : phase);
  }
}

// What is far larger than expected must not lead the first round astray.
void GainSolver::bound_amplitudes() {
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    if (!(weight_[b] > 0)) continue;
    const float power = std::norm(ratio_[b]);
    const float expected = std::norm(solution_.gain[baselines_[b].antenna1]) *
                           std::norm(solution_.gain[baselines_[b].antenna2]);
    const float limit = kStartAmplitude * kStartAmplitude * std::max(expected, median_power_);
    if (power > limit) used_[b] = weight_[b] * limit / power;
  }
}

double relative_change(const std::vector<Gain>& next, const std::vector<Gain>& last) {
  double change = 0, size = 0;
  for (std::size_t a = 0; a < next.size(); ++a) {
    change += std::norm(next[a] - last[a]);
    size += std::norm(next[a]);
  }
  return size > 0 ? std::sqrt(change / size) : 0;
}

void GainSolver::iterate() {
  matrix_.fill(baselines_, ratio_, used_);
  std::vector<Gain> next;
  solution_.converged = false;
  for (std::size_t i = 1; i <= settings_.max_iterations && !solution_.converged; ++i) {
    matrix_.renew(solution_.gain, next);
    if (i % 2 == 0) {
      for (std::size_t a = 0; a < n_antenna_; ++a) next[a] = 0.5F * (next[a] + solution_.gain[a]);
      solution_.converged = relative_change(next, solution_.gain) < settings_.tolerance;
    }
    std::swap(solution_.gain, next);
    ++solution_.iterations;
  }
}

// Returns the noise: the median of the residuals, as normal noise has it.
double GainSolver::measure_residuals() {
  residual_.assign(baselines_.size(), 0.0F);
  std::vector<float> power;
  power.reserve(baselines_.size());
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    if (!(weight_[b] > 0)) continue;
    const Gain p = solution_.gain[baselines_[b].antenna1];
    const Gain q = solution_.gain[baselines_[b].antenna2];
    const float re = ratio_[b].real() - (p.real() * q.real() + p.imag() * q.imag());
    const float im = ratio_[b].imag() - (p.imag() * q.real() - p.real() * q.imag());
    residual_[b] = weight_[b] * (re * re + im * im);
    power.push_back(residual_[b]);
  }
  return std::max(median_of_positive(power) / std::log(2.0), floor_);
}

/// Leaves out what exceeds the limit; true when that changed what is used.
bool GainSolver::reject_beyond(double limit) {
  bool changed = false;
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    const float use = weight_[b] > 0 && residual_[b] <= limit ? weight_[b] : 0.0F;
    changed = changed || use < used_[b] || use > used_[b];
    used_[b] = use;
  }
  return changed;
}

void GainSolver::reject_outliers() {
  const double sigmas = settings_.outlier_sigma;
  if (!(sigmas > 0) || !reject_beyond(sigmas * sigmas * measure_residuals())) return;
  for (int round = 0; round < 2; ++round) {
    const double limit = kHuberSigma * kHuberSigma * measure_residuals();
    for (std::size_t b = 0; b < baselines_.size(); ++b) {
      const double power = residual_[b];
      used_[b] =
          static_cast<float>(power > limit ? weight_[b] * std::sqrt(limit / power) : weight_[b]);
    }
    iterate();
  }
  for (std::size_t round = 0; round < kMaxRounds; ++round) {
    if (!reject_beyond(sigmas * sigmas * measure_residuals())) break;
    iterate();
  }
}

void GainSolver::judge() {
  double n_kept = 0, n_solved = 0;
  measure_residuals();
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    if (!(weight_[b] > 0)) continue;
    if (used_[b] > 0) {
      solution_.chi_squared += residual_[b];
      ++n_kept;
    } else {
      ++solution_.n_rejected;
    }
  }
  for (const std::uint8_t flagged : solution_.flagged) n_solved += !flagged;
  solution_.degrees_of_freedom = n_kept - n_solved + 0.5;
  const double noise = std::max(floor_, solution_.degrees_of_freedom > 0
                                            ? solution_.chi_squared / solution_.degrees_of_freedom
                                            : 0.0);
  const std::vector<float> information = matrix_.information(solution_.gain);
  for (std::size_t a = 0; a < n_antenna_; ++a) {
    if (solution_.flagged[a] || !(information[a] > 0)) {
      solution_.flagged[a] = 1;
      continue;
    }
    solution_.error[a] = static_cast<float>(std::sqrt(noise / (2 * information[a])));
    solution_.snr[a] = std::abs(solution_.gain[a]) / solution_.error[a];
    if (!(solution_.snr[a] >= settings_.min_snr)) solution_.flagged[a] = 1;
  }
}

void GainSolver::refer_phases(Span<const Gain> start) {
  std::complex<double> reference = solution_.gain[settings_.refant];
  solution_.referenced = !solution_.flagged[settings_.refant];
  if (!solution_.referenced) {
    reference = 0;
    if (start.size() == n_antenna_) {
      for (std::size_t a = 0; a < n_antenna_; ++a)
        if (!solution_.flagged[a])
          reference += std::complex<double>(solution_.gain[a] * std::conj(start[a]));
    } else {
      const auto best = std::max_element(solution_.snr.begin(), solution_.snr.end());
      reference = solution_.gain[static_cast<std::size_t>(best - solution_.snr.begin())];
    }
  }
  const double size = std::abs(reference);
  const Gain rotation(size > 0 ? std::conj(reference) / size : 1.0);
  for (std::size_t a = 0; a < n_antenna_; ++a) {
    Gain& gain = solution_.gain[a];
    gain = solution_.flagged[a] ? Gain(1, 0) : gain * rotation;
    if (!settings_.phase_only || solution_.flagged[a]) continue;
    solution_.error[a] /= std::abs(gain);
    gain /= std::abs(gain);
  }
  if (solution_.referenced) {
    Gain& gain = solution_.gain[settings_.refant];
    gain = {std::abs(gain), 0};
  }
}

GainSolution GainSolver::solve(Span<const Gain> start) {
  solution_.gain.assign(n_antenna_, Gain(1, 0));
  solution_.error.assign(n_antenna_, 0);
  solution_.snr.assign(n_antenna_, 0);
  flag_poorly_covered();
  const bool nothing = std::all_of(solution_.flagged.begin(), solution_.flagged.end(),
                                   [](std::uint8_t flagged) { return flagged; });
  if (nothing) return std::move(solution_);
  begin(start);
  used_ = weight_;
  if (settings_.outlier_sigma > 0) bound_amplitudes();
  iterate();
  reject_outliers();
  judge();
  refer_phases(start);
  return std::move(solution_);
}

}  // namespace

GainSolution solve_gains(std::size_t n_antenna, Span<const Baseline> baselines,
                         Span<const Gain> ratio, Span<const float> weight,
                         const GainSettings& settings, Span<const Gain> start) {
  return GainSolver(n_antenna, baselines, ratio, weight, settings).solve(start);
}

}  // namespace contimg::calibrate
