// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/rotation.h"

#include <algorithm>
#include <cmath>

#include "astro/constants.h"

namespace contimg::convert {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kRestart = 64;  // float rounding has grown to about 1e-6 by then
constexpr double kEvenTolerance_hz = 1.0;

bool evenly_spaced(Span<const double> frequency_hz, double step_hz) {
  for (std::size_t k = 0; k < frequency_hz.size(); ++k)
    if (std::abs(frequency_hz[k] - frequency_hz[0] - static_cast<double>(k) * step_hz) >
        kEvenTolerance_hz)
      return false;
  return true;
}

// Channels begin .. end of an even grid: eight phasors in double, the rest from them in float.
void compute_run(double first_rad, double step_rad, std::size_t n, float* re, float* im) {
  const std::complex<double> step = std::polar(1.0, step_rad);
  std::complex<double> phasor = std::polar(1.0, first_rad);
  for (std::size_t k = 0; k < std::min(n, kLanes); ++k) {
    re[k] = static_cast<float>(phasor.real());
    im[k] = static_cast<float>(phasor.imag());
    phasor *= step;
  }
  std::complex<double> leap = step * step;
  leap *= leap;
  leap *= leap;
  const auto leap_re = static_cast<float>(leap.real());
  const auto leap_im = static_cast<float>(leap.imag());
  for (std::size_t begin = kLanes; begin < n; begin += kLanes) {
    const std::size_t end = std::min(n, begin + kLanes);
    for (std::size_t k = begin; k < end; ++k) {
      const float a = re[k - kLanes];
      const float b = im[k - kLanes];
      re[k] = a * leap_re - b * leap_im;
      im[k] = a * leap_im + b * leap_re;
    }
  }
}

template <bool kRotate>
bool transform_two(const RowTransform& transform, const Phasors* phasors, const float* in,
                   float* out) {
  const std::size_t n = transform.n_channel;
  const std::size_t first = 2 * transform.polarization_of[0];
  const std::size_t second = 2 * transform.polarization_of[1];
  const float sign = transform.conjugate ? -1.0f : 1.0f;
  const std::ptrdiff_t stride = transform.descending ? -4 : 4;
  const float* from = transform.descending ? in + 4 * (n - 1) : in;
  float check = 0;  // becomes NaN when any value is not finite
  for (std::size_t k = 0; k < n; ++k, from += stride) {
    const float xr = from[first], xi = sign * from[first + 1];
    const float yr = from[second], yi = sign * from[second + 1];
    const float c = kRotate ? phasors->re[k] : 1.0f;
    const float s = kRotate ? phasors->im[k] : 0.0f;
    float* to = out + 4 * k;
    to[0] = xr * c - xi * s;
    to[1] = xr * s + xi * c;
    to[2] = yr * c - yi * s;
    to[3] = yr * s + yi * c;
    check += 0.0f * (to[0] + to[1] + to[2] + to[3]);
  }
  return check == 0.0f;
}

bool transform_any(const RowTransform& transform, const Phasors* phasors,
                   const std::complex<float>* in, std::complex<float>* out) {
  const std::size_t n = transform.n_channel;
  const std::size_t n_correlation = transform.polarization_of.size();
  bool finite = true;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t channel = transform.descending ? n - 1 - k : k;
    for (std::size_t c = 0; c < n_correlation; ++c) {
      std::complex<float> value =
          in[channel * transform.n_polarization + transform.polarization_of[c]];
      if (transform.conjugate) value = std::conj(value);
      if (phasors) value *= std::complex<float>(phasors->re[k], phasors->im[k]);
      finite = finite && std::isfinite(value.real()) && std::isfinite(value.imag());
      out[k * n_correlation + c] = value;
    }
  }
  return finite;
}

}  // namespace

void compute_phasors(Span<const double> frequency_hz, double delta_w_m, Phasors& phasors) {
  const std::size_t n = frequency_hz.size();
  phasors.re.resize(n);
  phasors.im.resize(n);
  if (n == 0) return;
  const double rad_per_hz = -2 * astro::kPi * delta_w_m / astro::kSpeedOfLight;
  const double step_hz =
      n > 1 ? (frequency_hz[n - 1] - frequency_hz[0]) / static_cast<double>(n - 1) : 0.0;
  if (evenly_spaced(frequency_hz, step_hz)) {
    for (std::size_t begin = 0; begin < n; begin += kRestart)
      compute_run(rad_per_hz * frequency_hz[begin], rad_per_hz * step_hz,
                  std::min(kRestart, n - begin), phasors.re.data() + begin,
                  phasors.im.data() + begin);
    return;
  }
  for (std::size_t k = 0; k < n; ++k) {
    phasors.re[k] = static_cast<float>(std::cos(rad_per_hz * frequency_hz[k]));
    phasors.im[k] = static_cast<float>(std::sin(rad_per_hz * frequency_hz[k]));
  }
}

bool transform_row(const RowTransform& transform, const Phasors* phasors,
                   const std::complex<float>* in, std::complex<float>* out) {
  if (transform.polarization_of.size() != 2 || transform.n_polarization != 2)
    return transform_any(transform, phasors, in, out);
  const auto* from = reinterpret_cast<const float*>(in);
  auto* to = reinterpret_cast<float*>(out);
  return phasors ? transform_two<true>(transform, phasors, from, to)
                 : transform_two<false>(transform, phasors, from, to);
}

}  // namespace contimg::convert
