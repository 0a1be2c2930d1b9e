// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/delay_solver.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "astro/constants.h"
#include "base/vectors.h"

namespace contimg::calibrate {
namespace {

using Complex = std::complex<double>;

/// The spectrum of one antenna against the others, and its weights: h and W of the header.
struct Spectrum {
  std::vector<Complex> sum;
  std::vector<double> weight;
};

/// Real and imaginary parts apart, so that loops vectorise.
struct Parts {
  std::vector<float> re, im;
};

struct Fringe {
  double delay_s = 0, error_s = 0, snr = 0;
  Complex gain;
};

struct BaselineParts {
  const float *re, *im, *weight;
};
struct GainParts {
  const float *re, *im;
};
struct SpectrumParts {
  float *re, *im, *weight;
};

// Adds w R g and w |g|^2 of one baseline; `sign` -1 for the conjugate of R.
CONTIMG_AVX512 void add_spectrum(const BaselineParts& baseline, float sign, const GainParts& gain,
                                 std::size_t n, const SpectrumParts& to) {
  const float* __restrict re = baseline.re;
  const float* __restrict im = baseline.im;
  const float* __restrict weight = baseline.weight;
  const float* __restrict g_re = gain.re;
  const float* __restrict g_im = gain.im;
  float* __restrict sum_re = to.re;
  float* __restrict sum_im = to.im;
  float* __restrict power = to.weight;
  for (std::size_t c = 0; c < n; ++c) {
    sum_re[c] += re[c] * g_re[c] - sign * im[c] * g_im[c];
    sum_im[c] += re[c] * g_im[c] + sign * im[c] * g_re[c];
    power[c] += weight[c] * (g_re[c] * g_re[c] + g_im[c] * g_im[c]);
  }
}

class DelaySolver {
 public:
  DelaySolver(std::size_t n_antenna, Span<const Baseline> baselines, const RatioView& view,
              Span<const double> frequency_hz, const DelaySettings& settings);
  DelaySolution solve();

 private:
  void spread();
  bool refine();
  void accept(std::size_t antenna, const Fringe& fringe);
  Spectrum spectrum(std::size_t antenna) const;
  std::size_t channels_to_merge(Span<const double> frequency_hz) const;
  void copy(const RatioView& view);
  Parts model(std::size_t antenna) const;
  double grid_peak_s(const Spectrum& spectrum) const;
  Fringe fringe(const Spectrum& spectrum, double near_s) const;
  double newton_step_s(const Spectrum& spectrum, double delay_s) const;
  Complex rotated_sum(const Spectrum& spectrum, double delay_s) const;

  const std::size_t n_antenna_;
  const Span<const Baseline> baselines_;
  const DelaySettings& settings_;
  std::vector<double> omega_;  ///< [merged channel] 2 pi (f - f_mid)
  double band_hz_ = 0, spacing_hz_ = 0;
  std::size_t merge_ = 1;                             ///< Channels of the data in one of these.
  std::vector<std::vector<std::size_t>> of_antenna_;  ///< [antenna] its baselines.
  Parts product_;                                     ///< [baseline, channel] w R
  std::vector<float> weight_;                         ///< [baseline, channel] 0 where unusable
  std::vector<Parts> model_;                          ///< [antenna] g; empty = unknown
  DelaySolution solution_;
};

DelaySolver::DelaySolver(std::size_t n_antenna, Span<const Baseline> baselines,
                         const RatioView& view, Span<const double> frequency_hz,
                         const DelaySettings& settings)
    : n_antenna_(n_antenna),
      baselines_(baselines),
      settings_(settings),
      of_antenna_(n_antenna),
      model_(n_antenna) {
  if (frequency_hz.size() != view.n_step || view.n_step < 2)
    throw std::invalid_argument("solve_delays: channels and frequencies differ in number");
  if (settings.refant >= n_antenna)
    throw std::invalid_argument("solve_delays: refant is out of range");
  const auto [low, high] = std::minmax_element(frequency_hz.begin(), frequency_hz.end());
  band_hz_ = *high - *low;
  spacing_hz_ = band_hz_ / static_cast<double>(view.n_step - 1);
  merge_ = channels_to_merge(frequency_hz);
  spacing_hz_ *= static_cast<double>(merge_);
  for (std::size_t first = 0; first < view.n_step; first += merge_) {
    const std::size_t n = std::min(merge_, view.n_step - first);
    double mean_hz = 0;
    for (std::size_t c = first; c < first + n; ++c) mean_hz += frequency_hz[c];
    omega_.push_back(2 * astro::kPi * (mean_hz / static_cast<double>(n) - (*low + *high) / 2));
  }
  for (std::size_t b = 0; b < baselines.size(); ++b) {
    const auto [p, q] = baselines[b];
    if (p >= n_antenna || q >= n_antenna)
      throw std::invalid_argument("solve_delays: a baseline names an antenna out of range");
    if (p == q) continue;
    of_antenna_[p].push_back(b);
    of_antenna_[q].push_back(b);
  }
  copy(view);
  solution_.delay_s.assign(n_antenna, 0);
  solution_.error_s.assign(n_antenna, 0);
  solution_.snr.assign(n_antenna, 0);
  solution_.gain.assign(n_antenna, 1);
  solution_.flagged.assign(n_antenna, 1);
}

// Neighbouring channels may be added up where no delay looked for turns their phases apart by more
// than a quarter of a turn, and enough are left.
std::size_t DelaySolver::channels_to_merge(Span<const double> frequency_hz) const {
  constexpr double kTurns = 0.25;
  constexpr std::size_t kEnough = 256;
  for (std::size_t c = 1; c < frequency_hz.size(); ++c)
    if (std::abs(frequency_hz[c] - frequency_hz[c - 1] - spacing_hz_) > 1) return 1;
  std::size_t merge = 1;
  while (frequency_hz.size() / (2 * merge) >= kEnough &&
         2 * static_cast<double>(merge) * spacing_hz_ * settings_.max_delay_s <= kTurns)
    merge *= 2;
  return merge;
}

void DelaySolver::copy(const RatioView& view) {
  const std::size_t n = baselines_.size() * omega_.size();
  for (std::vector<float>* values : {&product_.re, &product_.im, &weight_}) values->assign(n, 0);
  for (std::size_t b = 0; b < baselines_.size(); ++b) {
    for (std::size_t c = 0; c < view.n_step; ++c) {
      const std::size_t from = b * view.baseline_stride + c * view.step_stride;
      const float w = view.weight[from], factor = view.is_sum ? 1 : w;
      const float re = factor * view.ratio[from].real(), im = factor * view.ratio[from].imag();
      if (!(w > 0) || !std::isfinite(re + im)) continue;
      const std::size_t to = b * omega_.size() + c / merge_;
      product_.re[to] += re;
      product_.im[to] += im;
      weight_[to] += w;
    }
  }
}

Parts DelaySolver::model(std::size_t antenna) const {
  Parts model;
  for (const double omega : omega_) {
    const Complex g =
        Complex(solution_.gain[antenna]) * std::polar(1.0, omega * solution_.delay_s[antenna]);
    model.re.push_back(static_cast<float>(g.real()));
    model.im.push_back(static_cast<float>(g.imag()));
  }
  return model;
}

// Sums of a hundred terms in single precision, as in the solver of gains.
Spectrum DelaySolver::spectrum(std::size_t antenna) const {
  const std::size_t n = omega_.size();
  Parts sum{std::vector<float>(n, 0), std::vector<float>(n, 0)};
  std::vector<float> power(n, 0);
  for (const std::size_t b : of_antenna_[antenna]) {
    const bool first = baselines_[b].antenna1 == antenna;
    const Parts& other = model_[first ? baselines_[b].antenna2 : baselines_[b].antenna1];
    if (other.re.empty()) continue;
    const std::size_t at = b * n;
    add_spectrum({product_.re.data() + at, product_.im.data() + at, weight_.data() + at},
                 first ? 1 : -1,  // R_qp = conj(R_pq)
                 {other.re.data(), other.im.data()}, n,
                 {sum.re.data(), sum.im.data(), power.data()});
  }
  Spectrum result;
  result.weight.assign(power.begin(), power.end());
  for (std::size_t c = 0; c < n; ++c) result.sum.emplace_back(sum.re[c], sum.im[c]);
  return result;
}

Complex DelaySolver::rotated_sum(const Spectrum& spectrum, double delay_s) const {
  Complex sum = 0;
  for (std::size_t c = 0; c < omega_.size(); ++c)
    sum += spectrum.sum[c] * std::polar(1.0, -omega_[c] * delay_s);
  return sum;
}

// Channels are close to evenly spaced: the phase of all grid points turns by one step each.
double DelaySolver::grid_peak_s(const Spectrum& spectrum) const {
  const double limit_s = std::min(settings_.max_delay_s, 0.5 / spacing_hz_);
  const double step_s = 0.5 / band_hz_;
  const int n = static_cast<int>(std::ceil(limit_s / step_s));
  std::vector<Complex> turned = spectrum.sum, turn;
  for (std::size_t c = 0; c < omega_.size(); ++c) {
    turned[c] *= std::polar(1.0, omega_[c] * n * step_s);
    turn.push_back(std::polar(1.0, -omega_[c] * step_s));
  }
  double best = -1, best_s = 0;
  for (int i = -n; i <= n; ++i) {
    double re = 0, im = 0;
    for (std::size_t c = 0; c < turned.size(); ++c) {
      const double x = turned[c].real(), y = turned[c].imag();
      re += x;
      im += y;
      turned[c] = {x * turn[c].real() - y * turn[c].imag(),
                   x * turn[c].imag() + y * turn[c].real()};
    }
    if (re * re + im * im <= best) continue;
    best = re * re + im * im;
    best_s = i * step_s;
  }
  return best_s;
}

// Newton's step towards the maximum of P(tau) = |S(tau)|^2, at most a quarter of the peak's width.
double DelaySolver::newton_step_s(const Spectrum& spectrum, double delay_s) const {
  Complex s = 0, first = 0, second = 0;
  for (std::size_t c = 0; c < omega_.size(); ++c) {
    const Complex term = spectrum.sum[c] * std::polar(1.0, -omega_[c] * delay_s);
    s += term;
    first += Complex(0, -omega_[c]) * term;
    second -= omega_[c] * omega_[c] * term;
  }
  const double slope = 2 * std::real(std::conj(s) * first);
  const double curvature = 2 * (std::norm(first) + std::real(std::conj(s) * second));
  const double most_s = 0.25 / band_hz_;
  if (!(curvature < 0)) return slope > 0 ? most_s : slope < 0 ? -most_s : 0;
  return std::clamp(-slope / curvature, -most_s, most_s);
}

Fringe DelaySolver::fringe(const Spectrum& spectrum, double near_s) const {
  Fringe fringe;
  fringe.delay_s = near_s;
  for (int i = 0; i < 8; ++i) fringe.delay_s += newton_step_s(spectrum, fringe.delay_s);
  double weight = 0, mean = 0, n = 0;
  for (std::size_t c = 0; c < omega_.size(); ++c) {
    weight += spectrum.weight[c];
    mean += spectrum.weight[c] * omega_[c];
    n += spectrum.weight[c] > 0;
  }
  if (!(weight > 0) || n < 3) return fringe;
  mean /= weight;
  fringe.gain = rotated_sum(spectrum, fringe.delay_s) / weight;
  double spread = 0, residual = 0;
  for (std::size_t c = 0; c < omega_.size(); ++c) {
    if (!(spectrum.weight[c] > 0)) continue;
    spread += spectrum.weight[c] * (omega_[c] - mean) * (omega_[c] - mean);
    residual += std::norm(spectrum.sum[c] - spectrum.weight[c] * fringe.gain *
                                                std::polar(1.0, omega_[c] * fringe.delay_s)) /
                spectrum.weight[c];
  }
  // A complex gain and a real delay were fitted: 3/2 complex degrees of freedom. The floor is
  // single precision's.
  const double noise = std::max(residual / (n - 1.5), 1e-12 * std::norm(fringe.gain) * weight / n);
  const double size = std::abs(fringe.gain);
  if (!(size > 0) || !(spread > 0)) return fringe;
  fringe.snr = size * std::sqrt(2 * weight / noise);
  fringe.error_s = std::sqrt(noise / (2 * spread)) / size;
  return fringe;
}

void DelaySolver::accept(std::size_t antenna, const Fringe& fringe) {
  solution_.delay_s[antenna] = fringe.delay_s;
  solution_.error_s[antenna] = fringe.error_s;
  solution_.snr[antenna] = static_cast<float>(fringe.snr);
  solution_.gain[antenna] = std::complex<float>(fringe.gain);
  solution_.flagged[antenna] = 0;
}

// A grid has some hundred places at which noise may peak: the fringe must be higher than what the
// highest of them reaches, sqrt(2 ln n), plus what is asked.
void DelaySolver::spread() {
  const double places = 1 + 2 * std::min(settings_.max_delay_s, 0.5 / spacing_hz_) * band_hz_;
  const double needed = std::hypot(settings_.min_snr, std::sqrt(2 * std::log(places)));
  for (bool again = true; again;) {
    again = false;
    std::vector<std::size_t> found;
    for (std::size_t a = 0; a < n_antenna_; ++a) {
      if (!model_[a].re.empty()) continue;
      const Spectrum against = spectrum(a);
      const bool seen = std::any_of(against.weight.begin(), against.weight.end(),
                                    [](double weight) { return weight > 0; });
      if (!seen) continue;
      const Fringe peak = fringe(against, grid_peak_s(against));
      if (!(peak.snr >= needed)) continue;
      accept(a, peak);
      found.push_back(a);
    }
    for (const std::size_t a : found) model_[a] = model(a);
    again = !found.empty();
  }
}

bool DelaySolver::refine() {
  bool rests = true;
  for (std::size_t a = 0; a < n_antenna_; ++a) {
    if (model_[a].re.empty()) continue;
    const Fringe now = fringe(spectrum(a), solution_.delay_s[a]);
    if (!(now.snr >= settings_.min_snr)) {
      solution_.flagged[a] = 1;
      model_[a] = {};
      continue;
    }
    rests = rests && std::abs(now.delay_s - solution_.delay_s[a]) <= 0.1 * now.error_s;
    accept(a, now);
    model_[a] = model(a);
  }
  return rests;
}

DelaySolution DelaySolver::solve() {
  solution_.flagged[settings_.refant] = 0;
  model_[settings_.refant] = model(settings_.refant);
  spread();
  while (!solution_.converged && solution_.iterations < settings_.max_iterations) {
    solution_.converged = refine();
    ++solution_.iterations;
  }
  const bool referenced = !solution_.flagged[settings_.refant];
  const double reference_s = solution_.delay_s[settings_.refant];
  const std::complex<float> phase = std::polar(1.0F, -std::arg(solution_.gain[settings_.refant]));
  for (std::size_t a = 0; a < n_antenna_; ++a) {
    if (!referenced) solution_.flagged[a] = 1;
    solution_.delay_s[a] = solution_.flagged[a] ? 0 : solution_.delay_s[a] - reference_s;
    solution_.gain[a] = solution_.flagged[a] ? 1 : solution_.gain[a] * phase;
  }
  return std::move(solution_);
}

}  // namespace

DelaySolution solve_delays(std::size_t n_antenna, Span<const Baseline> baselines,
                           const RatioView& channels, Span<const double> frequency_hz,
                           const DelaySettings& settings) {
  return DelaySolver(n_antenna, baselines, channels, frequency_hz, settings).solve();
}

}  // namespace contimg::calibrate
