// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/tile_solve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/median.h"
#include "caltable/solutions.h"

namespace contimg::calibrate {
namespace {

using caltable::kReceptors;
constexpr std::size_t kHalves = 2;

// R and its weight, [baseline], of some channels and intervals.
struct Ratios {
  std::vector<std::complex<float>> ratio;
  std::vector<float> weight;
};

// Gains of one receptor, [interval, antenna] or [1, antenna]; 1 where there is no solution.
struct Gains {
  std::vector<GainSolution> steps;
  const GainSolution& at(std::size_t interval) const {
    return steps[std::min(interval, steps.size() - 1)];
  }
};

// The sums folded over channels, even and odd ones apart.
class Folded {
 public:
  explicit Folded(const SetSums& sums)
      : n_interval_(sums.n_interval()), n_baseline_(sums.baselines.size()) {
    product_.resize(n_interval_ * kHalves * kReceptors * n_baseline_);
    power_.resize(product_.size());
    for (std::size_t t = 0; t < n_interval_; ++t)
      for (std::size_t b = 0; b < n_baseline_; ++b)
        for (std::size_t c = 0; c < sums.n_channel; ++c)
          for (std::size_t r = 0; r < kReceptors; ++r) {
            const std::size_t from = sums.cell(t, b, c, r), to = place(t, c % kHalves, r, b);
            product_[to] += std::complex<double>(sums.sums.product[from]);
            power_[to] += static_cast<double>(sums.sums.power[from]);
          }
  }

  std::size_t n_interval() const { return n_interval_; }

  // Of the intervals first .. last - 1 and the halves named (bits 0 and 1).
  Ratios ratios(std::size_t first, std::size_t last, unsigned halves, std::size_t receptor) const {
    Ratios result{std::vector<std::complex<float>>(n_baseline_), std::vector<float>(n_baseline_)};
    for (std::size_t b = 0; b < n_baseline_; ++b) {
      std::complex<double> product;
      double power = 0;
      for (std::size_t t = first; t < last; ++t)
        for (std::size_t half = 0; half < kHalves; ++half) {
          if (!(halves >> half & 1U)) continue;
          product += product_[place(t, half, receptor, b)];
          power += power_[place(t, half, receptor, b)];
        }
      if (!(power > 0)) continue;
      result.ratio[b] = std::complex<float>(product / power);
      result.weight[b] = static_cast<float>(power);
    }
    return result;
  }

  // Sum of weight |R - g_p conj(g_q)|^2 over a half.
  double residual(const std::vector<Baseline>& baselines, std::size_t half, std::size_t receptor,
                  const Gains& gains) const {
    double sum = 0;
    for (std::size_t t = 0; t < n_interval_; ++t)
      for (std::size_t b = 0; b < n_baseline_; ++b) {
        const std::size_t at = place(t, half, receptor, b);
        if (!(power_[at] > 0)) continue;
        const auto& gain = gains.at(t).gain;
        const std::complex<double> model =
            std::complex<double>(gain[baselines[b].antenna1]) *
            std::conj(std::complex<double>(gain[baselines[b].antenna2]));
        sum += power_[at] * std::norm(product_[at] / power_[at] - model);
      }
    return sum;
  }

 private:
  std::size_t place(std::size_t t, std::size_t half, std::size_t r, std::size_t b) const {
    return ((t * kHalves + half) * kReceptors + r) * n_baseline_ + b;
  }
  std::size_t n_interval_, n_baseline_;
  std::vector<std::complex<double>> product_;
  std::vector<double> power_;
};

enum class Attempt { phase, phase_intervals, amplitude };
const char* const kAttemptNames[] = {"phase", "phase 60 s", "amplitude and phase"};

// Antennas of mean logarithm 0: the flux scale is the set's.
void normalise(GainSolution& solution) {
  double sum = 0, n = 0;
  for (std::size_t a = 0; a < solution.gain.size(); ++a) {
    if (solution.flagged[a] || !(std::abs(solution.gain[a]) > 0)) continue;
    sum += std::log(std::abs(solution.gain[a]));
    ++n;
  }
  if (n == 0) return;
  const auto scale = static_cast<float>(std::exp(-sum / n));
  for (std::size_t a = 0; a < solution.gain.size(); ++a) {
    if (solution.flagged[a]) continue;
    solution.gain[a] *= scale;
    solution.error[a] *= scale;
  }
}

// One run of solve_tile().
class TileSolve {
 public:
  TileSolve(const SetSums& sums, const std::vector<std::string>& names,
            const TileSettings& settings)
      : sums_(sums), settings_(settings), folded_(sums) {
    find_live(names);
  }

  TileSolution run() {
    TileReport& report = solution_.report;
    for (std::size_t r = 0; r < kReceptors; ++r) report.residual_before += residual(identity(), r);
    report.residual_after = report.residual_before;
    if (report.n_live < settings_.min_antennas)
      return ended(TileOutcome::failed, std::to_string(report.n_live) +
                                            " antennas have data, expected at least " +
                                            std::to_string(settings_.min_antennas));
    const bool has_solutions = attempt(Attempt::phase);
    if (!has_solutions) return solution_;
    report.flux_ratio = flux_ratio();
    if (!(std::abs(std::log(report.flux_ratio)) <= std::log(settings_.max_flux_ratio)))
      return without_solutions(TileOutcome::failed,
                               "the field is " + std::to_string(report.flux_ratio) +
                                   " times as bright as the catalogue says, expected about 1");
    if (folded_.n_interval() > 1) attempt(Attempt::phase_intervals);
    if (settings_.amplitude) attempt(Attempt::amplitude);
    if (!solved_)
      return ended(TileOutcome::too_weak,
                   "no drift above the noise: channels that were not solved are fitted no better");
    report.outcome = TileOutcome::solved;
    report.reason.clear();
    return solution_;
  }

 private:
  TileSolution ended(TileOutcome outcome, const std::string& reason) {
    solution_.report.outcome = outcome;
    solution_.report.reason = reason;
    return solution_;
  }

  TileSolution without_solutions(TileOutcome outcome, const std::string& reason) {
    const TileReport report = solution_.report;
    solution_ = {};
    solution_.report = report;
    solution_.report.kind.clear();
    solution_.report.residual_after = report.residual_before;
    return ended(outcome, reason);
  }

  void find_live(const std::vector<std::string>& names) {
    std::vector<double> weight(sums_.n_antenna);
    for (std::size_t r = 0; r < kReceptors; ++r) {
      const Ratios all = folded_.ratios(0, folded_.n_interval(), 3, r);
      for (std::size_t b = 0; b < sums_.baselines.size(); ++b) {
        weight[sums_.baselines[b].antenna1] += static_cast<double>(all.weight[b]);
        weight[sums_.baselines[b].antenna2] += static_cast<double>(all.weight[b]);
        has_data_[r] = has_data_[r] || all.weight[b] > 0;
      }
    }
    for (const double w : weight) solution_.report.n_live += w > 0 ? 1 : 0;
    std::size_t refant =
        static_cast<std::size_t>(std::max_element(weight.begin(), weight.end()) - weight.begin());
    for (std::size_t a = 0; a < names.size() && a < weight.size(); ++a)
      if (names[a] == settings_.refant && weight[a] > 0) refant = a;
    solution_.refant = refant;
  }

  static Gains identity_of(std::size_t n_antenna) {
    GainSolution one;
    one.gain.assign(n_antenna, 1);
    return {{one}};
  }
  Gains identity() const { return identity_of(sums_.n_antenna); }
  double residual(const Gains& gains, std::size_t r) const {
    return folded_.residual(sums_.baselines, 0, r, gains) +
           folded_.residual(sums_.baselines, 1, r, gains);
  }

  // Median of |g|^2, were the flux scale free: how bright the data are, seen with the model.
  double flux_ratio() const {
    std::vector<double> ratios;
    for (std::size_t r = 0; r < kReceptors; ++r) {
      const GainSolution free = solve(Attempt::amplitude, 3, r, false).steps.front();
      for (std::size_t a = 0; a < free.gain.size(); ++a)
        if (!free.flagged[a]) ratios.push_back(std::norm(std::complex<double>(free.gain[a])));
    }
    return median(ratios);
  }

  Gains solve(Attempt kind, unsigned halves, std::size_t receptor, bool keep_scale = true) const {
    GainSettings settings;
    settings.refant = solution_.refant;
    settings.min_baselines = std::min<std::size_t>(4, settings_.min_antennas - 1);
    settings.min_snr = settings_.min_snr;
    settings.phase_only = kind != Attempt::amplitude;
    const std::size_t n = folded_.n_interval();
    const std::size_t n_step = kind == Attempt::phase_intervals ? n : 1;
    Gains gains;
    for (std::size_t step = 0; step < n_step; ++step) {
      const Ratios data = n_step == 1 ? folded_.ratios(0, n, halves, receptor)
                                      : folded_.ratios(step, step + 1, halves, receptor);
      gains.steps.push_back(
          solve_gains(sums_.n_antenna, sums_.baselines, data.ratio, data.weight, settings));
      if (kind == Attempt::amplitude && keep_scale) normalise(gains.steps.back());
    }
    return gains;
  }

  // Solves in one way. Returned: true when there are solutions, better or not.
  bool attempt(Attempt kind) {
    std::vector<Gains> all;
    double after = 0;
    for (std::size_t r = 0; r < kReceptors; ++r) {
      all.push_back(solve(kind, 3, r));
      for (std::size_t half = 0; half < kHalves; ++half)
        after += folded_.residual(sums_.baselines, half, r, solve(kind, 2U >> half, r));
    }
    const TileReport found = judged(all);
    if (kind == Attempt::phase) {
      solution_.report.n_solved = found.n_solved;
      solution_.report.median_snr = found.median_snr;
    }
    if (!found.reason.empty()) {
      if (kind == Attempt::phase) ended(found.outcome, found.reason);
      return false;
    }
    if (kind == Attempt::amplitude && found.median_snr < settings_.min_amplitude_snr) return true;
    if (!(after < solution_.report.residual_after)) return true;
    solution_.report.residual_after = after;
    solution_.report.kind = kAttemptNames[static_cast<int>(kind)];
    solution_.report.n_solved = found.n_solved;
    solution_.report.median_snr = found.median_snr;
    keep(all);
    return true;
  }

  // Whether solutions are good enough to be used at all.
  TileReport judged(const std::vector<Gains>& all) const {
    TileReport found;
    std::vector<std::uint8_t> good(sums_.n_antenna, 1);
    std::vector<double> snr;
    bool converged = true;
    for (std::size_t r = 0; r < kReceptors; ++r) {
      if (!has_data_[r]) continue;
      for (const GainSolution& step : all[r].steps) {
        converged = converged && step.converged;
        for (std::size_t a = 0; a < sums_.n_antenna; ++a) {
          good[a] = good[a] && !step.flagged[a];
          if (!step.flagged[a]) snr.push_back(static_cast<double>(step.snr[a]));
        }
      }
    }
    found.n_solved = static_cast<std::size_t>(std::count(good.begin(), good.end(), 1));
    found.median_snr = median(snr);
    const auto needed = static_cast<std::size_t>(
        std::ceil(settings_.min_share * static_cast<double>(solution_.report.n_live)));
    if (found.n_solved < std::max(needed, settings_.min_antennas)) {
      found.outcome = TileOutcome::too_weak;
      found.reason = std::to_string(found.n_solved) + " of " +
                     std::to_string(solution_.report.n_live) +
                     " antennas have solutions above the SNR asked for, expected at least " +
                     std::to_string(std::max(needed, settings_.min_antennas));
    } else if (!converged) {
      found.outcome = TileOutcome::failed;
      found.reason = "the solver did not converge";
    }
    return found;
  }

  void keep(const std::vector<Gains>& all) {
    solved_ = true;
    const std::size_t n_step = all[0].steps.size(), n = sums_.n_antenna;
    const std::size_t size = n_step * n * kReceptors;
    set_times(n_step);
    solution_.gain.assign(size, 1);
    solution_.error.assign(size, 0);
    solution_.snr.assign(size, 0);
    solution_.flagged.assign(size, 0);
    double squares = 0, count = 0;
    for (std::size_t step = 0; step < n_step; ++step)
      for (std::size_t a = 0; a < n; ++a)
        for (std::size_t r = 0; r < kReceptors; ++r) {
          const std::size_t at = (step * n + a) * kReceptors + r;
          const GainSolution& from = all[r].steps[step];
          if (from.flagged[a]) {
            solution_.flagged[at] = settings_.keep_unsolved || !has_data_[r] ? 0 : 1;
            continue;
          }
          solution_.gain[at] = from.gain[a];
          solution_.error[at] = from.error[a];
          solution_.snr[at] = from.snr[a];
          squares += std::pow(std::arg(std::complex<double>(from.gain[a])), 2);
          ++count;
        }
    solution_.report.rms_phase_rad = count > 0 ? std::sqrt(squares / count) : 0;
  }

  void set_times(std::size_t n_step) {
    solution_.time_mjd_s = sums_.time_mjd_s;
    solution_.interval_s = sums_.interval_s;
    if (n_step > 1 || sums_.time_mjd_s.empty()) return;
    const double begin = sums_.time_mjd_s.front() - sums_.interval_s.front() / 2;
    const double end = sums_.time_mjd_s.back() + sums_.interval_s.back() / 2;
    solution_.time_mjd_s = {(begin + end) / 2};
    solution_.interval_s = {end - begin};
  }

  const SetSums& sums_;
  const TileSettings& settings_;
  Folded folded_;
  TileSolution solution_;
  bool has_data_[kReceptors] = {false, false};
  bool solved_ = false;
};

}  // namespace

const char* outcome_name(TileOutcome outcome) {
  constexpr const char* kNames[] = {"solved", "too weak", "failed"};
  return kNames[static_cast<int>(outcome)];
}

TileSolution solve_tile(const SetSums& sums, const std::vector<std::string>& antenna_names,
                        const TileSettings& settings) {
  return TileSolve(sums, antenna_names, settings).run();
}

caltable::CalTable tile_table(const TileSolution& solution, const std::string& ms_name,
                              const ms::Description& set) {
  caltable::CalTable table{caltable::Kind::gain, ms_name, set, {}, {}};
  table.description.spectral_windows = {caltable::whole_band(set.spectral_windows.at(0))};
  const std::size_t n = set.antennas.size() * kReceptors;
  for (std::size_t step = 0; step < solution.time_mjd_s.size(); ++step) {
    caltable::Solutions s =
        caltable::flagged_solutions(caltable::Kind::gain, set.antennas.size(), 1);
    s.time_mjd_s = solution.time_mjd_s[step];
    s.interval_s = solution.interval_s[step];
    s.refant = static_cast<std::int32_t>(solution.refant);
    const auto part = [&](const auto& values) {
      return std::vector<typename std::decay_t<decltype(values)>::value_type>(
          values.begin() + static_cast<std::ptrdiff_t>(step * n),
          values.begin() + static_cast<std::ptrdiff_t>((step + 1) * n));
    };
    s.gain = part(solution.gain);
    s.error = part(solution.error);
    s.snr = part(solution.snr);
    s.flagged = part(solution.flagged);
    table.solutions.push_back(std::move(s));
  }
  return table;
}

}  // namespace contimg::calibrate
