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
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

SteadyPart::SteadyPart(std::size_t n_time, std::size_t n_channel)
    : n_time_(n_time),
      n_channel_(n_channel),
      time_median_(n_time),
      channel_median_(kWindow),
      rows_(std::max(n_time, kWindow) * n_channel),
      spectrum_re_(n_channel),
      spectrum_im_(n_channel),
      level_(n_time) {}

void SteadyPart::subtract(Plane& plane, const std::vector<char>& bad) {
  find_spectrum(plane, bad);
  if (known_.empty()) return;
  smooth_spectrum();
  find_level(plane, bad);
  for (std::size_t t = 0; t < n_time_; ++t) {
    float *re = &plane.re[t * n_channel_], *im = &plane.im[t * n_channel_];
    const float a_re = level_[t].real(), a_im = level_[t].imag();
    for (std::size_t c = 0; c < n_channel_; ++c) {
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

void SteadyPart::smooth_spectrum() {
  // The delay, by the mean turn from channel to channel; strong channels do not count for more.
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
  std::vector<std::complex<double>> turns(n_channel_, 1);
  for (std::size_t c = 1; c < n_channel_; ++c) turns[c] = turns[c - 1] * step;

  turned_re_.resize(known_.size());
  turned_im_.resize(known_.size());
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const std::size_t c = known_[i];
    const std::complex<double> turned =
        std::complex<double>(spectrum_re_[c], spectrum_im_[c]) * std::conj(turns[c]);
    turned_re_[i] = static_cast<float>(turned.real());
    turned_im_[i] = static_cast<float>(turned.imag());
  }
  median_over_channels(turned_re_);
  median_over_channels(turned_im_);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const std::size_t c = known_[i];
    const std::complex<double> back = std::complex<double>(turned_re_[i], turned_im_[i]) * turns[c];
    spectrum_re_[c] = static_cast<float>(back.real());
    spectrum_im_[c] = static_cast<float>(back.imag());
  }
}

// Windows that reach over an end are filled up from both sides of infinity.
void SteadyPart::median_over_channels(std::vector<float>& values) {
  const std::size_t n = values.size(), half = kWindow / 2;
  for (std::size_t k = 0; k < kWindow; ++k)
    for (std::size_t i = 0; i < n; ++i) {
      const bool inside = i + k >= half && i + k - half < n;
      rows_[k * n + i] = inside ? values[i + k - half] : k % 2 == 0 ? kInfinity : -kInfinity;
    }
  const float* middle = channel_median_.sort(rows_.data(), n);
  // With next to no channels the ends may outnumber the values.
  for (std::size_t i = 0; i < n; ++i)
    if (std::isfinite(middle[i])) values[i] = middle[i];
}

void SteadyPart::find_level(const Plane& plane, const std::vector<char>& bad) {
  std::vector<float> share_re(n_time_), share_im(n_time_), power(n_time_);
  for (std::size_t t = 0; t < n_time_; ++t) {
    const float *re = &plane.re[t * n_channel_], *im = &plane.im[t * n_channel_];
    const char* is_bad = &bad[t * n_channel_];
    for (const std::size_t c : known_) {
      if (is_bad[c]) continue;
      const float b_re = spectrum_re_[c], b_im = spectrum_im_[c];
      share_re[t] += re[c] * b_re + im[c] * b_im;
      share_im[t] += im[c] * b_re - re[c] * b_im;
      power[t] += b_re * b_re + b_im * b_im;
    }
  }
  std::vector<float> near_re, near_im;
  for (std::size_t t = 0; t < n_time_; ++t) {
    near_re.clear();
    near_im.clear();
    const std::size_t begin = t < kTimeWindow / 2 ? 0 : t - kTimeWindow / 2;
    for (std::size_t k = begin; k < std::min(n_time_, t + kTimeWindow / 2 + 1); ++k) {
      if (power[k] <= 0) continue;
      near_re.push_back(share_re[k] / power[k]);
      near_im.push_back(share_im[k] / power[k]);
    }
    level_[t] = near_re.empty() ? std::complex<float>(1)
                                : std::complex<float>(median(near_re), median(near_im));
  }
}

float SteadyPart::noise(const Plane& plane, const std::vector<char>& bad) {
  amplitudes_.clear();
  for (std::size_t i = 0; i < bad.size(); i += kNoiseStep)
    if (!bad[i]) amplitudes_.push_back(std::hypot(plane.re[i], plane.im[i]));
  return amplitudes_.empty() ? 0 : median(amplitudes_) / kRayleighMedian;
}

}  // namespace contimg::rfi
