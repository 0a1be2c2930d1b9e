// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/direction.h"

#include <erfa.h>
#include <erfam.h>

#include <cmath>
#include <string>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/error.h"

namespace contimg::astro {
namespace {

// ERFA's quasi-MJD: a day with a leap second is stretched, so that its fraction stays below 1.
double quasi_mjd(double time_mjd_s) {
  const double day = std::floor(time_mjd_s / kDay_s);
  const double leap_s = tai_minus_utc_s((day + 1) * kDay_s) - tai_minus_utc_s(day * kDay_s);
  return day + (time_mjd_s - day * kDay_s) / (kDay_s + leap_s);
}

double wrapped_to_pi(double angle_rad) {  // [-pi, pi)
  const double wrapped = eraAnpm(angle_rad);
  return wrapped >= kPi ? wrapped - 2 * kPi : wrapped;
}

}  // namespace

Vector3 ecef_from_site(const Site& site) {
  double position[3];
  // Written so that NaN fails too; eraGd2gc would take any number for an angle.
  const bool is_latitude = std::abs(site.latitude_rad) <= kPi / 2;
  if (!is_latitude || !std::isfinite(site.longitude_rad + site.height_m) ||
      eraGd2gc(ERFA_WGS84, site.longitude_rad, site.latitude_rad, site.height_m, position) != 0) {
    throw DataError("site: longitude " + std::to_string(site.longitude_rad) + ", latitude " +
                    std::to_string(site.latitude_rad) + " rad, height " +
                    std::to_string(site.height_m) +
                    " m is no place on Earth, expected a latitude from -pi/2 to pi/2");
  }
  return {position[0], position[1], position[2]};
}

Site site_from_ecef(const Vector3& position_m) {
  Site site;
  double position[3] = {position_m[0], position_m[1], position_m[2]};
  const bool found =
      eraGc2gd(ERFA_WGS84, position, &site.longitude_rad, &site.latitude_rad, &site.height_m) == 0;
  // Written so that NaN fails too.
  if (!found || !(std::abs(site.height_m) < 1e5))
    throw DataError("position: " + std::to_string(position_m[0]) + ", " +
                    std::to_string(position_m[1]) + ", " + std::to_string(position_m[2]) +
                    " m is no place on Earth, expected a geocentric position");
  return site;
}

double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector3 unit_vector(const Direction& direction) {
  const double cos_dec = std::cos(direction.dec_rad);
  return {cos_dec * std::cos(direction.ra_rad), cos_dec * std::sin(direction.ra_rad),
          std::sin(direction.dec_rad)};
}

Direction direction_from(const Vector3& vector) {
  const double ra = std::atan2(vector[1], vector[0]);
  return {eraAnp(ra), std::atan2(vector[2], std::hypot(vector[0], vector[1]))};
}

double separation_rad(const Direction& a, const Direction& b) {
  const double d = b.ra_rad - a.ra_rad;
  const double across = std::cos(b.dec_rad) * std::sin(d);
  const double up = std::cos(a.dec_rad) * std::sin(b.dec_rad) -
                    std::sin(a.dec_rad) * std::cos(b.dec_rad) * std::cos(d);
  const double along = std::sin(a.dec_rad) * std::sin(b.dec_rad) +
                       std::cos(a.dec_rad) * std::cos(b.dec_rad) * std::cos(d);
  return std::atan2(std::hypot(across, up), along);
}

struct ApparentFrame::Parameters {
  Site site;
  // ERFA's functions take it without const; none of those used here writes to it, so that one
  // object may serve several threads.
  mutable eraASTROM astrom;
};

ApparentFrame::ApparentFrame(double time_mjd_s, const Site& site, const EarthOrientation& earth) {
  auto parameters = std::make_shared<Parameters>();
  parameters->site = site;
  const Orientation orientation = earth.at(time_mjd_s);
  double equation_of_origins = 0;
  const int status =
      eraApco13(kJdOfMjd0, quasi_mjd(time_mjd_s), orientation.ut1_utc_s, site.longitude_rad,
                site.latitude_rad, site.height_m, orientation.polar_x_rad, orientation.polar_y_rad,
                /*phpa=*/0, /*tc=*/0, /*rh=*/0, /*wl_micrometre=*/200000, &parameters->astrom,
                &equation_of_origins);
  if (status < 0) {
    throw DataError("time " + std::to_string(time_mjd_s) +
                    " s (MJD): not a date, expected one since 1960");
  }
  parameters_ = std::move(parameters);
}

// ERFA's observed hour angle counts from the site's ITRF meridian, and its declination from the
// ITRF equator (eraApio absorbs polar motion in the local Earth rotation angle), so that the
// terrestrial longitude of the source is the site's less the hour angle.
Direction ApparentFrame::hour_angle_dec(const Direction& icrs) const {
  eraASTROM* astrom = &parameters_->astrom;
  double ra_cirs, dec_cirs;
  eraAtciqz(icrs.ra_rad, icrs.dec_rad, astrom, &ra_cirs, &dec_cirs);
  double azimuth, zenith_distance, hour_angle, dec, ra;
  eraAtioq(ra_cirs, dec_cirs, astrom, &azimuth, &zenith_distance, &hour_angle, &dec, &ra);
  return {wrapped_to_pi(hour_angle), dec};
}

Vector3 ApparentFrame::itrf_from_icrs(const Direction& icrs) const {
  const Direction seen = hour_angle_dec(icrs);
  return unit_vector({parameters_->site.longitude_rad - seen.ra_rad, seen.dec_rad});
}

Direction ApparentFrame::icrs_from_itrf(const Vector3& itrf) const {
  eraASTROM* astrom = &parameters_->astrom;
  const Direction seen = direction_from(itrf);
  const double hour_angle = parameters_->site.longitude_rad - seen.ra_rad;
  double ra_cirs, dec_cirs;
  eraAtoiq("H", hour_angle, seen.dec_rad, astrom, &ra_cirs, &dec_cirs);
  Direction icrs;
  eraAticq(ra_cirs, dec_cirs, astrom, &icrs.ra_rad, &icrs.dec_rad);
  return icrs;
}

Direction ApparentFrame::meridian_point(double apparent_dec_rad) const {
  return icrs_from_itrf(unit_vector({parameters_->site.longitude_rad, apparent_dec_rad}));
}

}  // namespace contimg::astro
