// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/plane.h"

#include <algorithm>
#include <stdexcept>

#include "astro/constants.h"

namespace contimg::photometry {
namespace {

const double kFormOfWidth = 8 * std::log(2.0);  // form = this / width^2

}  // namespace

Ellipse::Form Ellipse::form() const {
  const double along = kFormOfWidth / (major_px * major_px);
  const double across = kFormOfWidth / (minor_px * minor_px);
  // The major axis points to (-sin, cos) in (x, y).
  const double s = std::sin(angle_rad), c = std::cos(angle_rad);
  return {along * s * s + across * c * c, (across - along) * s * c, along * c * c + across * s * s};
}

Ellipse Ellipse::from(const Form& form) {
  const double mean = 0.5 * (form.p + form.r);
  const double spread = std::hypot(0.5 * (form.p - form.r), form.q);
  Ellipse result;
  result.major_px = std::sqrt(kFormOfWidth / (mean - spread));
  result.minor_px = std::sqrt(kFormOfWidth / (mean + spread));
  // p - r = -(across - along) (s^2 - c^2) ... = (across - along) cos 2a, 2 q = ... sin 2a
  result.angle_rad = 0.5 * std::atan2(2 * form.q, form.p - form.r);
  return result;
}

double gaussian_level(double widths) { return std::exp(-4 * std::log(2.0) * widths * widths); }

double Ellipse::area_px() const { return astro::kPi * major_px * minor_px / (4 * std::log(2.0)); }

double Ellipse::half_width_px(double level) const {
  const Form f = form();
  return std::sqrt(-2 * std::log(level) * f.r / (f.p * f.r - f.q * f.q));
}

double Ellipse::half_height_px(double level) const {
  const Form f = form();
  return std::sqrt(-2 * std::log(level) * f.p / (f.p * f.r - f.q * f.q));
}

Ellipse beam_of(const fits::Image& image) {
  if (!image.beam) throw std::invalid_argument("beam_of: an image without a beam");
  const double pixel = image.wcs.pixel_rad();
  return {image.beam->major_rad / pixel, image.beam->minor_rad / pixel,
          image.beam->position_angle_rad};
}

}  // namespace contimg::photometry
