// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/smearing.h"

#include <cmath>

#include "astro/constants.h"
#include "astro/sinc.h"

namespace contimg::image {

double dirichlet(std::size_t n, double x) {
  const auto count = static_cast<double>(n);
  // Whole turns between neighbours put all phasors in line again, with alternating signs for even n.
  const double turns = std::round(x / astro::kPi), rest = x - turns * astro::kPi;
  const bool odd = static_cast<long long>(turns) % 2 != 0 && n % 2 == 0;
  return (odd ? -1 : 1) * astro::sinc(count * rest) / astro::sinc(rest);
}

astro::Vector3 uvw_rate_m_s(const astro::Vector3& uvw_m, double declination_rad) {
  const double omega = astro::kEarthRotationRate;
  const astro::Vector3 pole = {0, omega * std::cos(declination_rad),
                               omega * std::sin(declination_rad)};
  return astro::cross(pole, uvw_m);
}

double delay_s(const astro::Vector3& uvw_m, double l, double m) {
  const double squared = l * l + m * m;
  const double n_less_1 = -squared / (1 + std::sqrt(std::max(0.0, 1 - squared)));
  return (uvw_m[0] * l + uvw_m[1] * m + uvw_m[2] * n_less_1) / astro::kSpeedOfLight;
}

SmearingBound::SmearingBound(const astro::Vector3& uvw_m, const astro::Vector3& rate_m_s,
                             double radius, double highest_frequency_hz, double channel_width_hz,
                             double integration_s)
    : frequency_(form_of(uvw_m, radius, astro::kPi * channel_width_hz / astro::kSpeedOfLight)),
      time_(form_of(rate_m_s, radius,
                    astro::kPi * highest_frequency_hz * integration_s / astro::kSpeedOfLight)) {}

SmearingBound::Form SmearingBound::form_of(const astro::Vector3& vector_m, double radius,
                                           double half_phase_per_m) {
  const double length = std::hypot(vector_m[0], vector_m[1]);
  const double n_less_1 = radius * radius / (1 + std::sqrt(std::max(0.0, 1 - radius * radius)));
  const double along_w = std::abs(vector_m[2]) * n_less_1;
  const double scale = half_phase_per_m / std::sqrt(6.0);
  // A baseline along w alone loses the same at all position angles.
  if (length * radius <= along_w * 1e-6) {
    const double all = scale * along_w;
    return {all * all, 0, all * all};
  }
  const double stretched = scale * radius * (1 + along_w / (length * radius));
  const double x = stretched * vector_m[0], y = stretched * vector_m[1];
  return {x * x, x * y, y * y};
}

double SmearingBound::loss(std::size_t n_channel, std::size_t n_integration) const {
  const auto factor = [](std::size_t n) {
    return static_cast<double>(n) * static_cast<double>(n) - 1;
  };
  const double f = factor(n_channel), t = factor(n_integration);
  const double xx = f * frequency_.xx + t * time_.xx, yy = f * frequency_.yy + t * time_.yy;
  const double xy = f * frequency_.xy + t * time_.xy;
  return (xx + yy) / 2 + std::hypot((xx - yy) / 2, xy);
}

}  // namespace contimg::image
