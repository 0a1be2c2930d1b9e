// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/prediction.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "astro/array_geometry.h"
#include "astro/channel_step.h"
#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "astro/sinc.h"
#include "base/vectors.h"

namespace contimg::skymodel {
namespace {

constexpr std::size_t kLanes = 16;  // two registers of eight: their chains overlap

astro::Vector3 difference(const astro::Vector3& a, const astro::Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

// On the axes, seconds per metre.
astro::Vector3 on_axes(const astro::UvwFrame& axes, const astro::Vector3& vector) {
  return {astro::dot(vector, axes.u) / astro::kSpeedOfLight,
          astro::dot(vector, axes.v) / astro::kSpeedOfLight,
          astro::dot(vector, axes.w) / astro::kSpeedOfLight};
}

// Numbers that are worked on at once, wherever in memory they lie: what the compiler makes of loops
// over arrays of them is three times as slow.
using Lanes [[gnu::vector_size(kLanes * sizeof(float)), gnu::aligned(4), gnu::may_alias]] = float;

/// Channels k = 0 ... n - 1 of the sum, x = k - middle:
/// re + i im += flux[k] (a + b x + c x^2) exp(i (phase + k step)).
struct Run {
  double phase_rad, step_rad;
  float a, b, c, middle;
};

// Phasors of sixteen channels in double, each next sixteen from those in float: 1e-7 of error per
// step, 5e-6 after 48. Compiled twice, the better fit chosen when the program starts.
CONTIMG_AVX512 void add_run(const Run& run, std::size_t n, const float* __restrict flux,
                            float* __restrict re, float* __restrict im) {
  Lanes phasor_re, phasor_im, x;
  const double step_re = std::cos(run.step_rad), step_im = std::sin(run.step_rad);
  double p_re = std::cos(run.phase_rad), p_im = std::sin(run.phase_rad);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    phasor_re[lane] = static_cast<float>(p_re);
    phasor_im[lane] = static_cast<float>(p_im);
    x[lane] = static_cast<float>(static_cast<int>(lane)) - run.middle;
    const double next = p_re * step_re - p_im * step_im;
    p_im = p_re * step_im + p_im * step_re;
    p_re = next;
  }
  double leap_re = step_re, leap_im = step_im;
  for (std::size_t doubled = 1; doubled < kLanes; doubled *= 2) {
    const double squared = leap_re * leap_re - leap_im * leap_im;
    leap_im = 2 * leap_re * leap_im;
    leap_re = squared;
  }
  const auto turn_re = static_cast<float>(leap_re), turn_im = static_cast<float>(leap_im);
  const float a = run.a, b = run.b, c = run.c;
  for (std::size_t k = 0; k < n; k += kLanes) {
    const Lanes amplitude = *reinterpret_cast<const Lanes*>(flux + k) * (a + x * (b + x * c));
    *reinterpret_cast<Lanes*>(re + k) += amplitude * phasor_re;
    *reinterpret_cast<Lanes*>(im + k) += amplitude * phasor_im;
    const Lanes next = phasor_re * turn_re - phasor_im * turn_im;
    phasor_im = phasor_re * turn_im + phasor_im * turn_re;
    phasor_re = next;
    x += static_cast<float>(kLanes);
  }
}

}  // namespace

Predictor::Predictor(std::vector<Component> components, const astro::Direction& phase_centre,
                     std::vector<double> frequency_hz, const PredictionSettings& settings)
    : components_(std::move(components)),
      phase_centre_(phase_centre),
      frequency_hz_(std::move(frequency_hz)),
      settings_(settings),
      even_step_hz_(astro::even_step_hz(frequency_hz_)),
      n_padded_((frequency_hz_.size() + kLanes - 1) / kLanes * kLanes),
      flux_jy_(components_.size() * n_padded_),
      apparent_jy_(components_.size() * n_padded_),
      places_(components_.size()) {
  for (std::size_t c = 0; c < components_.size(); ++c)
    for (std::size_t k = 0; k < frequency_hz_.size(); ++k)
      flux_jy_[c * n_padded_ + k] =
          static_cast<float>(flux_density_jy(components_[c], frequency_hz_[k]));
}

void Predictor::place_components(const astro::ApparentFrame& apparent,
                                 const astro::Direction& pointing) {
  const astro::UvwFrame axes = astro::uvw_frame(apparent, phase_centre_);
  const astro::Vector3 stopped = apparent.itrf_from_icrs(pointing);
  for (std::size_t c = 0; c < components_.size(); ++c) {
    const astro::Vector3 source = apparent.itrf_from_icrs(components_[c].position);
    const astro::Vector3 offset = difference(source, stopped);
    // -omega x offset, omega along the pole.
    const double omega = astro::kEarthRotationRate;
    const astro::Vector3 turning = {omega * offset[1], -omega * offset[0], 0};
    places_[c] = {on_axes(axes, difference(source, axes.w)), on_axes(axes, offset),
                  on_axes(axes, turning)};
  }
}

void Predictor::begin_integration(const astro::ApparentFrame& apparent,
                                  const astro::Direction& pointing) {
  place_components(apparent, pointing);
  for (std::size_t c = 0; c < components_.size(); ++c) {
    const double theta = astro::separation_rad(pointing, components_[c].position);
    for (std::size_t k = 0; k < frequency_hz_.size(); ++k) {
      const double beam =
          settings_.dish_diameter_m > 0
              ? astro::airy_power(theta, frequency_hz_[k], settings_.dish_diameter_m)
              : 1;
      apparent_jy_[c * n_padded_ + k] = static_cast<float>(flux_jy_[c * n_padded_ + k] * beam);
    }
  }
}

void Predictor::begin_integration(const astro::ApparentFrame& apparent,
                                  const astro::Direction& pointing, Span<const float> apparent_jy) {
  const std::size_t n = frequency_hz_.size();
  if (apparent_jy.size() != components_.size() * n)
    throw std::invalid_argument("begin_integration: not [component, channel]");
  place_components(apparent, pointing);
  for (std::size_t c = 0; c < components_.size(); ++c)
    std::copy_n(apparent_jy.data() + c * n, n,
                apparent_jy_.begin() + static_cast<std::ptrdiff_t>(c * n_padded_));
}

void Predictor::add_uneven(std::size_t component, double delay_s, double unstopped_s, double rate,
                           float* re, float* im) const {
  const double band = astro::sinc(astro::kPi * settings_.channel_width_hz * unstopped_s);
  for (std::size_t k = 0; k < frequency_hz_.size(); ++k) {
    const double f = frequency_hz_[k];
    const double amplitude = static_cast<double>(apparent_jy_[component * n_padded_ + k]) * band *
                             astro::sinc(astro::kPi * f * settings_.integration_s * rate);
    const double phase = 2 * astro::kPi * f * delay_s;
    re[k] += static_cast<float>(amplitude * std::cos(phase));
    im[k] += static_cast<float>(amplitude * std::sin(phase));
  }
}

void Predictor::add_component(std::size_t component, const astro::Vector3& uvw_m, float* re,
                              float* im) const {
  const Place& place = places_[component];
  const double delay_s = astro::dot(uvw_m, place.delay);
  const double unstopped_s = astro::dot(uvw_m, place.unstopped);
  const double rate = astro::dot(uvw_m, place.rate);
  if (!even_step_hz_) return add_uneven(component, delay_s, unstopped_s, rate, re, im);
  const double first_hz = frequency_hz_.front(), last_hz = frequency_hz_.back();
  const double turns = first_hz * delay_s;
  const double middle = 0.5 * static_cast<double>(frequency_hz_.size() - 1);
  Run run{2 * astro::kPi * (turns - std::round(turns)),
          2 * astro::kPi * *even_step_hz_ * delay_s,
          1,
          0,
          0,
          static_cast<float>(middle)};
  const double band = astro::sinc(astro::kPi * settings_.channel_width_hz * unstopped_s);
  const double half_turn = astro::kPi * settings_.integration_s * rate;
  // Over a band of 13 % sinc is a parabola to 1e-5 while the phase turns less than a radian.
  const double s0 = astro::sinc(half_turn * first_hz), s2 = astro::sinc(half_turn * last_hz);
  const double s1 = astro::sinc(half_turn * 0.5 * (first_hz + last_hz));
  const double inverse = middle > 0 ? 1 / middle : 0;
  run.a = static_cast<float>(band * s1);
  run.b = static_cast<float>(band * 0.5 * (s2 - s0) * inverse);
  run.c = static_cast<float>(band * (0.5 * (s2 + s0) - s1) * inverse * inverse);
  add_run(run, n_padded_, &apparent_jy_[component * n_padded_], re, im);
}

void Predictor::predict(Span<const astro::Vector3> uvw_m, Span<std::complex<float>> out) const {
  const std::size_t n = frequency_hz_.size();
  if (out.size() != uvw_m.size() * n)
    throw std::invalid_argument("predict: out is not [baseline, channel]");
  if (n == 0) return;
  std::vector<float> re(n_padded_), im(n_padded_);
  for (std::size_t b = 0; b < uvw_m.size(); ++b) {
    std::fill(re.begin(), re.end(), 0.0F);
    std::fill(im.begin(), im.end(), 0.0F);
    for (std::size_t c = 0; c < components_.size(); ++c)
      add_component(c, uvw_m[b], re.data(), im.data());
    std::complex<float>* row = &out[b * n];
    for (std::size_t k = 0; k < n; ++k) row[k] = {re[k], im[k]};
  }
}

}  // namespace contimg::skymodel
