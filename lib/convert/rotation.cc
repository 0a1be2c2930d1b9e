// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/rotation.h"

#include <algorithm>
#include <cmath>

#include "astro/channel_step.h"
#include "astro/constants.h"
#include "base/vectors.h"

namespace contimg::convert {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kRestart = 64;  // float rounding has grown to about 1e-6 by then

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

// Two correlations of one channel side by side: four floats, one register. Compiled twice, and
// the better fit for the processor chosen when the program starts.
CONTIMG_AVX2 bool rotate_pairs(std::size_t n, std::ptrdiff_t stride, float sign,
                               const float* phasor_re, const float* phasor_im, const float* from,
                               float* to) {
  float check[4] = {0, 0, 0, 0};  // becomes NaN when any value is not finite
  for (std::size_t k = 0; k < n; ++k, from += stride, to += 4) {
    const float c = phasor_re[k];
    const float s = phasor_im[k];
    const float x[4] = {from[0], sign * from[1], from[2], sign * from[3]};
    to[0] = x[0] * c - x[1] * s;
    to[1] = x[0] * s + x[1] * c;
    to[2] = x[2] * c - x[3] * s;
    to[3] = x[2] * s + x[3] * c;
    for (std::size_t i = 0; i < 4; ++i) check[i] += 0.0f * to[i];
  }
  return check[0] + check[1] + check[2] + check[3] == 0.0f;
}

bool transform_any(const RowTransform& transform, const PhasorTable* phasors,
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
      if (phasors) value *= std::complex<float>(phasors->re()[k], phasors->im()[k]);
      finite = finite && std::isfinite(value.real()) && std::isfinite(value.imag());
      out[k * n_correlation + c] = value;
    }
  }
  return finite;
}

}  // namespace

PhasorTable::PhasorTable(std::vector<double> frequency_hz)
    : frequency_hz_(std::move(frequency_hz)),
      even_step_hz_(astro::even_step_hz(frequency_hz_)),
      re_(frequency_hz_.size()),
      im_(frequency_hz_.size()) {}

void PhasorTable::compute(double delta_w_m) {
  const std::size_t n = frequency_hz_.size();
  const double rad_per_hz = -2 * astro::kPi * delta_w_m / astro::kSpeedOfLight;
  if (even_step_hz_) {
    for (std::size_t begin = 0; begin < n; begin += kRestart)
      compute_run(rad_per_hz * frequency_hz_[begin], rad_per_hz * *even_step_hz_,
                  std::min(kRestart, n - begin), re_.data() + begin, im_.data() + begin);
    return;
  }
  for (std::size_t k = 0; k < n; ++k) {
    re_[k] = static_cast<float>(std::cos(rad_per_hz * frequency_hz_[k]));
    im_[k] = static_cast<float>(std::sin(rad_per_hz * frequency_hz_[k]));
  }
}

bool transform_row(const RowTransform& transform, const PhasorTable* phasors,
                   const std::complex<float>* in, std::complex<float>* out) {
  const Span<const std::size_t> order = transform.polarization_of;
  const bool pairs = phasors && transform.n_polarization == 2 && order.size() == 2 &&
                     order[0] == 0 && order[1] == 1;
  if (!pairs) return transform_any(transform, phasors, in, out);
  const std::size_t n = transform.n_channel;
  const auto* from = reinterpret_cast<const float*>(transform.descending ? in + 2 * (n - 1) : in);
  return rotate_pairs(n, transform.descending ? -4 : 4, transform.conjugate ? -1.0f : 1.0f,
                      phasors->re().data(), phasors->im().data(), from,
                      reinterpret_cast<float*>(out));
}

}  // namespace contimg::convert
