// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/footprint.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "astro/constants.h"
#include "base/error.h"
#include "lightcurve/place.h"

namespace contimg::lightcurve {
namespace {

constexpr std::size_t kSide = 21;
constexpr double kMiddle = 10;

}  // namespace

Footprint::Footprint(const astro::Direction& centre, double min_beam, double step_deg,
                     std::string bytes, const std::string& epoch)
    : centre_(centre), min_beam_(min_beam), step_deg_(step_deg), bytes_(std::move(bytes)) {
  if (bytes_.empty()) return;
  if (bytes_.size() != kSide * kSide * sizeof(float) || !(step_deg > 0) || !(min_beam > 0))
    throw DataError(
        epoch + ": its footprint has " + std::to_string(bytes_.size()) +
        " bytes, expected 21 x 21 floats, a step and a least response; measure it again");
  response_.resize(kSide * kSide);
  std::memcpy(response_.data(), bytes_.data(), bytes_.size());
}

double Footprint::response_at(const astro::Direction& place) const {
  const double nowhere = std::numeric_limits<double>::quiet_NaN();
  if (!known() || astro::dot(astro::unit_vector(centre_), astro::unit_vector(place)) <= 0)
    return nowhere;
  const Offset offset = offset_between(centre_, place);
  const double step = step_deg_ * astro::kDegree;
  const double x = kMiddle - offset.east_rad / step, y = kMiddle + offset.north_rad / step;
  if (!(x >= 0 && y >= 0 && x <= kSide - 1 && y <= kSide - 1)) return nowhere;
  const std::size_t i = std::min(static_cast<std::size_t>(x), kSide - 2);
  const std::size_t j = std::min(static_cast<std::size_t>(y), kSide - 2);
  const double dx = x - static_cast<double>(i), dy = y - static_cast<double>(j);
  const auto at = [&](std::size_t column, std::size_t row) {
    return static_cast<double>(response_[row * kSide + column]);
  };
  return (1 - dy) * ((1 - dx) * at(i, j) + dx * at(i + 1, j)) +
         dy * ((1 - dx) * at(i, j + 1) + dx * at(i + 1, j + 1));
}

double Footprint::radius_rad() const {
  const double reach = std::sqrt(2.0) * kMiddle * step_deg_ * astro::kDegree;
  return reach < 1 ? std::asin(reach) : astro::kPi / 2;
}

}  // namespace contimg::lightcurve
