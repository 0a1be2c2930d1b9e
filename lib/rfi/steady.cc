// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/steady.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace contimg::rfi {
namespace {

// Every n-th amplitude is enough for the noise.
constexpr std::size_t kNoiseStep = 7;
// Median of a Rayleigh distribution in units of its sigma.
constexpr float kRayleighMedian = 1.17741f;
// A channel this many times the median deviation away from its neighbours is a spectral line.
constexpr float kOutlier = 4;
// Channels over less than this of the variance of their places give no slope.
constexpr float kLeastSpread = 1e-3f;
// Neither is one that steps of the bandpass put no farther away than this from where most are.
constexpr double kMost = 0.9;
constexpr float kBeyondMost = 3;
constexpr int kRounds = 4;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Narrower where channels are few: the shape of a bandpass stays the same.
std::size_t window_of(std::size_t n_channel) {
  return std::clamp<std::size_t>(n_channel / 32 * 2 + 1, SteadyPart::kLeastWindow,
                                 SteadyPart::kWindow);
}

float quantile(std::vector<float>& values, double share) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size()) * share);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

float median(std::vector<float>& values) { return quantile(values, 0.5); }

// Least squares over the values used; the values themselves when those are too few.
std::vector<std::complex<float>> parabola(const std::vector<std::complex<float>>& values,
                                          const std::vector<char>& used) {
  constexpr std::size_t kTerms = 3;
  const std::size_t n = values.size();
  const auto place = [n](std::size_t t) {
    return (2 * static_cast<double>(t) + 1) / static_cast<double>(n) - 1;
  };
  double a[kTerms][kTerms] = {};
  std::complex<double> b[kTerms] = {};
  std::size_t n_used = 0;
  for (std::size_t t = 0; t < n; ++t) {
    if (!used[t]) continue;
    ++n_used;
    const double powers[kTerms] = {1, place(t), place(t) * place(t)};
    for (std::size_t i = 0; i < kTerms; ++i) {
      for (std::size_t k = 0; k < kTerms; ++k) a[i][k] += powers[i] * powers[k];
      b[i] += powers[i] * std::complex<double>(values[t]);
    }
  }
  if (n_used <= kTerms) return values;
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t k = i + 1; k < kTerms; ++k) {
      const double factor = a[k][i] / a[i][i];
      for (std::size_t m = i; m < kTerms; ++m) a[k][m] -= factor * a[i][m];
      b[k] -= factor * b[i];
    }
  for (std::size_t i = kTerms; i-- > 0;) {
    for (std::size_t k = i + 1; k < kTerms; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  std::vector<std::complex<float>> fitted(n);
  for (std::size_t t = 0; t < n; ++t)
    fitted[t] = std::complex<float>(b[0] + place(t) * (b[1] + place(t) * b[2]));
  return fitted;
}

}  // namespace

SteadyPart::SteadyPart(std::size_t n_time, std::size_t n_channel)
    : n_time_(n_time),
      n_channel_(n_channel),
      time_median_(n_time),
      channel_median_(window_of(n_channel)),
      rows_(std::max(n_time, channel_median_.n_row()) * n_channel),
      spectrum_re_(n_channel),
      spectrum_im_(n_channel),
      level_(n_time),
      slope_(n_time),
      place_(n_channel),
      turns_(n_channel) {
  for (std::size_t c = 0; c < n_channel; ++c)
    place_[c] = 2 * (static_cast<float>(c) + 0.5f) / static_cast<float>(n_channel) - 1;
}

void SteadyPart::subtract(Plane& plane, const std::vector<char>& bad) {
  find_spectrum(plane, bad);
  if (known_.empty()) return;
  smooth_spectrum();
  find_level(plane, bad);
  for (std::size_t t = 0; t < n_time_; ++t) {
    float *re = &plane.re[t * n_channel_], *im = &plane.im[t * n_channel_];
    for (std::size_t c = 0; c < n_channel_; ++c) {
      const float a_re = level_[t].real() + place_[c] * slope_[t].real();
      const float a_im = level_[t].imag() + place_[c] * slope_[t].imag();
      re[c] -= a_re * spectrum_re_[c] - a_im * spectrum_im_[c];
      im[c] -= a_re * spectrum_im_[c] + a_im * spectrum_re_[c];
    }
  }
}

void SteadyPart::find_spectrum(const Plane& plane, const std::vector<char>& bad) {
  median_over_time(plane.re, bad, spectrum_re_);
  median_over_time(plane.im, bad, spectrum_im_);
  known_.clear();
  for (std::size_t c = 0; c < n_channel_; ++c) {
    bool good = false;
    for (std::size_t t = 0; t < n_time_ && !good; ++t) good = !bad[t * n_channel_ + c];
    if (good)
      known_.push_back(c);
    else
      spectrum_re_[c] = spectrum_im_[c] = 0;
  }
}

// What is missing goes to both ends in turn, so that the middle stays the middle of the rest.
void SteadyPart::median_over_time(const std::vector<float>& values, const std::vector<char>& bad,
                                  std::vector<float>& result) {
  std::copy(values.begin(), values.end(), rows_.begin());
  if (std::find(bad.begin(), bad.end(), 1) != bad.end())
    for (std::size_t c = 0; c < n_channel_; ++c) {
      float end = n_time_ % 2 == 0 ? -kInfinity : kInfinity;
      for (std::size_t t = 0; t < n_time_; ++t) {
        if (!bad[t * n_channel_ + c]) continue;
        rows_[t * n_channel_ + c] = end;
        end = -end;
      }
    }
  const float* middle = time_median_.sort(rows_.data(), n_channel_);
  std::copy_n(middle, n_channel_, result.begin());
}

// By the mean turn from channel to channel; strong channels do not count for more.
void SteadyPart::find_delay() {
  std::complex<float> turn = 0;
  for (std::size_t i = 1; i < known_.size(); ++i) {
    const std::size_t c = known_[i];
    if (c != known_[i - 1] + 1) continue;
    const std::complex<float> step = std::complex<float>(spectrum_re_[c], spectrum_im_[c]) *
                                     std::complex<float>(spectrum_re_[c - 1], -spectrum_im_[c - 1]);
    const float size = std::sqrt(std::norm(step));
    if (size > 0) turn += step / size;
  }
  const std::complex<double> step = std::polar(1.0, static_cast<double>(std::arg(turn)));
  turns_[0] = 1;
  for (std::size_t c = 1; c < n_channel_; ++c) turns_[c] = turns_[c - 1] * step;
}

void SteadyPart::smooth_spectrum() {
  find_delay();
  turned_re_.resize(known_.size());
  turned_im_.resize(known_.size());
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const std::size_t c = known_[i];
    const std::complex<double> turned =
        std::complex<double>(spectrum_re_[c], spectrum_im_[c]) * std::conj(turns_[c]);
    turned_re_[i] = static_cast<float>(turned.real());
    turned_im_[i] = static_cast<float>(turned.imag());
  }
  smooth_re_ = turned_re_;
  smooth_im_ = turned_im_;
  median_over_channels(smooth_re_);
  median_over_channels(smooth_im_);
  replace_lines();
}

void SteadyPart::replace_lines() {
  const auto apart = [&](std::size_t i) {
    return std::hypot(turned_re_[i] - smooth_re_[i], turned_im_[i] - smooth_im_[i]);
  };
  amplitudes_.resize(known_.size());
  for (std::size_t i = 0; i < known_.size(); ++i) amplitudes_[i] = apart(i);
  const float most = quantile(amplitudes_, kMost);
  const float limit = std::max(kOutlier * median(amplitudes_), kBeyondMost * most);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (apart(i) <= limit) continue;
    const std::size_t c = known_[i];
    const std::complex<double> back =
        std::complex<double>(smooth_re_[i], smooth_im_[i]) * turns_[c];
    spectrum_re_[c] = static_cast<float>(back.real());
    spectrum_im_[c] = static_cast<float>(back.imag());
  }
}

// Windows that reach over an end are filled up from both sides of infinity.
void SteadyPart::median_over_channels(std::vector<float>& values) {
  const std::size_t n = values.size(), window = channel_median_.n_row(), half = window / 2;
  for (std::size_t k = 0; k < window; ++k)
    for (std::size_t i = 0; i < n; ++i) {
      const bool inside = i + k >= half && i + k - half < n;
      rows_[k * n + i] = inside ? values[i + k - half] : k % 2 == 0 ? kInfinity : -kInfinity;
    }
  const float* middle = channel_median_.sort(rows_.data(), n);
  // With next to no channels the ends may outnumber the values.
  for (std::size_t i = 0; i < n; ++i)
    if (std::isfinite(middle[i])) values[i] = middle[i];
}

float SteadyPart::apart_squared(const Plane& plane, std::size_t t, std::size_t c) const {
  const float re = plane.re[t * n_channel_ + c] - spectrum_re_[c];
  const float im = plane.im[t * n_channel_ + c] - spectrum_im_[c];
  return re * re + im * im;
}

// Interference that is beyond this must not pass for a change of the level.
float SteadyPart::farthest_from_spectrum(const Plane& plane, const std::vector<char>& bad) {
  amplitudes_.clear();
  for (std::size_t i = 0; i < bad.size(); i += kNoiseStep)
    if (!bad[i]) amplitudes_.push_back(apart_squared(plane, i / n_channel_, i % n_channel_));
  return amplitudes_.empty() ? 0 : kOutlier * kOutlier * median(amplitudes_);
}

// Weighted least squares of plane = (offset + slope x) spectrum in each integration.
void SteadyPart::find_level(const Plane& plane, const std::vector<char>& bad) {
  const float farthest = farthest_from_spectrum(plane, bad);
  std::vector<char> found(n_time_);
  for (std::size_t t = 0; t < n_time_; ++t) {
    const float *re = &plane.re[t * n_channel_], *im = &plane.im[t * n_channel_];
    const char* is_bad = &bad[t * n_channel_];
    float w = 0, wx = 0, wxx = 0, v_re = 0, v_im = 0, vx_re = 0, vx_im = 0;
    for (const std::size_t c : known_) {
      if (is_bad[c]) continue;
      const float b_re = spectrum_re_[c], b_im = spectrum_im_[c], x = place_[c];
      if (apart_squared(plane, t, c) > farthest) continue;
      const float power = b_re * b_re + b_im * b_im;
      const float share_re = re[c] * b_re + im[c] * b_im, share_im = im[c] * b_re - re[c] * b_im;
      w += power;
      wx += power * x;
      wxx += power * x * x;
      v_re += share_re;
      v_im += share_im;
      vx_re += share_re * x;
      vx_im += share_im * x;
    }
    const std::complex<float> v(v_re, v_im), vx(vx_re, vx_im);
    const float determinant = w * wxx - wx * wx;
    found[t] = w > 0;
    if (!found[t]) continue;
    const bool leans = determinant > kLeastSpread * w * wxx;
    slope_[t] = leans ? (vx * w - v * wx) / determinant : 0;
    level_[t] = (v - slope_[t] * wx) / w;
  }
  settle(level_, found, 1);
  settle(slope_, found, 0);
}

// A parabola through what does not stand out from it, found in a few rounds that begin with the
// running median. What does not stand out keeps its own value.
void SteadyPart::settle(std::vector<std::complex<float>>& values, const std::vector<char>& found,
                        float otherwise) {
  std::vector<std::complex<float>> smooth(n_time_);
  std::vector<float> near_re, near_im;
  for (std::size_t t = 0; t < n_time_; ++t) {
    near_re.clear();
    near_im.clear();
    const std::size_t begin = t < kTimeWindow / 2 ? 0 : t - kTimeWindow / 2;
    for (std::size_t k = begin; k < std::min(n_time_, t + kTimeWindow / 2 + 1); ++k) {
      if (!found[k]) continue;
      near_re.push_back(values[k].real());
      near_im.push_back(values[k].imag());
    }
    smooth[t] = near_re.empty() ? std::complex<float>(otherwise)
                                : std::complex<float>(median(near_re), median(near_im));
  }
  std::vector<char> used = found;
  std::vector<std::complex<float>> fitted = smooth;
  for (int round = 0; round < kRounds; ++round) {
    fitted = parabola(round == 0 ? smooth : values, used);
    amplitudes_.clear();
    for (std::size_t t = 0; t < n_time_; ++t)
      if (found[t]) amplitudes_.push_back(std::abs(values[t] - fitted[t]));
    if (amplitudes_.empty()) break;
    const float limit = kOutlier * median(amplitudes_);
    for (std::size_t t = 0; t < n_time_; ++t)
      used[t] = found[t] && std::abs(values[t] - fitted[t]) <= limit;
  }
  for (std::size_t t = 0; t < n_time_; ++t)
    if (!used[t]) values[t] = found[t] ? fitted[t] : smooth[t];
}

float SteadyPart::noise(const Plane& plane, const std::vector<char>& bad) {
  amplitudes_.clear();
  for (std::size_t i = 0; i < bad.size(); i += kNoiseStep)
    if (!bad[i]) amplitudes_.push_back(std::hypot(plane.re[i], plane.im[i]));
  return amplitudes_.empty() ? 0 : median(amplitudes_) / kRayleighMedian;
}

}  // namespace contimg::rfi
