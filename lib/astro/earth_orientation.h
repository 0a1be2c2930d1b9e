// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace contimg::astro {

/// How the Earth's crust is turned at one moment.
struct Orientation {
  double ut1_utc_s = 0;    ///< UT1 - UTC.
  double polar_x_rad = 0;  ///< Polar motion x_p, towards Greenwich.
  double polar_y_rad = 0;  ///< Polar motion y_p, towards 90 degrees west.
};

/// A table of UT1-UTC, polar motion and leap seconds. Immutable; may be shared by threads.
///
/// File format (docs/formats/earth-orientation.md): lines of
///     MJD  x_p ["]  y_p ["]  UT1-UTC [s]  I|P
/// ascending, with `#` comments; I is measured (IERS), P predicted. import-earth-orientation
/// makes it from IERS finals2000A.
class EarthOrientation {
 public:
  /// The compact table compiled in: UT1-UTC every 10 days, no polar motion (which moves the
  /// pole by up to 0.6", 8 mm of uvw over 2.7 km).
  static EarthOrientation built_in();
  /// Reads a table. Throws DataError naming the file and line that cannot be understood.
  static EarthOrientation load(const std::string& path);
  /// Reads IERS finals2000A (fixed columns, https://maia.usno.navy.mil/ser7/readme.finals2000A).
  static EarthOrientation from_finals2000a(const std::string& path);

  /// Interpolates; across a leap second UT1-TAI is interpolated, so that there is no jump.
  /// Outside the table the nearest end's value is held: see covers().
  Orientation at(double time_mjd_s) const;
  bool covers(double time_mjd_s) const;

  double first_mjd() const;
  double last_measured_mjd() const;
  double last_mjd() const;  ///< End of the predictions.
  bool has_polar_motion() const;
  /// One line for people and for provenance, e.g. "finals2000A.txt, measured to 2026-08-13,
  /// predicted to 2027-08-21".
  const std::string& description() const { return description_; }

  /// Writes the table in the format above (not atomically).
  void save(const std::string& path) const;

 private:
  struct Row {
    double mjd;
    double x_arcsec, y_arcsec, ut1_utc_s;
    bool measured;
  };
  std::vector<Row> rows_;
  std::string description_;
};

/// TAI - UTC in seconds at a UTC date (leap seconds to 2017, the last announced one).
double tai_minus_utc_s(double time_mjd_s);

}  // namespace contimg::astro
