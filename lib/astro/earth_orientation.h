// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
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
  /// One moment, 0h UTC in the tables of the IERS.
  struct Row {
    double mjd;
    double x_arcsec, y_arcsec, ut1_utc_s;
    bool measured;
  };

  /// The compact table compiled in: UT1-UTC (to 10 microseconds) and polar motion (to 1 mas)
  /// every 5 days from 2010 to the end of the predictions known when it was made.
  /// Between its rows it is within 0.8 ms (0.16 mm of uvw over 2.7 km) and 2.5 mas of daily rows;
  /// what was predicted when it was made may be further off, see last_measured_mjd().
  static EarthOrientation built_in();
  /// The table that a setting names; the built-in one for an empty setting.
  static EarthOrientation from_setting(const std::string& path) {
    return path.empty() ? built_in() : load(path);
  }
  /// Reads a table. Throws DataError naming the file and line that cannot be understood: rows
  /// out of order, values out of range, UT1-TAI that jumps (a wrong digit).
  static EarthOrientation load(const std::string& path);
  /// Reads IERS finals2000A (fixed columns, https://maia.usno.navy.mil/ser7/readme.finals2000A).
  static EarthOrientation from_finals2000a(const std::string& path);

  /// Interpolates by the cubic through the four nearest rows (within 10 microseconds
  /// for daily rows); UT1-TAI rather than UT1-UTC, so that
  /// a leap second is a jump of exactly 1 s at its midnight. Outside the table the nearest end's
  /// value is held: see covers(). Throws DataError for a time that is no date (NaN).
  Orientation at(double time_mjd_s) const;
  bool covers(double time_mjd_s) const;

  std::size_t n_row() const { return rows_.size(); }
  double first_mjd() const;
  double last_measured_mjd() const;
  double last_mjd() const;  ///< End of the predictions.
  /// One line for people and for provenance, e.g. "finals2000A.txt, measured to 2026-08-13,
  /// predicted to 2027-08-21".
  const std::string& description() const { return description_; }

  /// Writes the table in the format above (not atomically).
  void save(const std::string& path) const;

 private:
  EarthOrientation(std::vector<Row> rows, const std::string& source);

  std::vector<Row> rows_;
  std::string source_;
  std::string description_;
};

/// TAI - UTC in seconds at a UTC date (leap seconds to 2017, the last announced one).
double tai_minus_utc_s(double time_mjd_s);

}  // namespace contimg::astro
