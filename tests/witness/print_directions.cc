// SPDX-License-Identifier: GPL-3.0-or-later
// For tests/unit/astro/witness.py: reads lines of
//     time_mjd_s  longitude_rad  latitude_rad  height_m  ra_rad  dec_rad
// and writes, for each, what lib/astro makes of them, 17 digits, in this order:
//     UT1-UTC x_p y_p | ITRF unit vector | hour angle, declination | ICRS back from ITRF
//     | u, v, w axes of uvw_frame | u, v, w axes of meridian_frame (dec) | meridian_point (dec)
// usage: print_directions [TABLE | finals2000A]   (without: the built-in table)
#include <iomanip>
#include <iostream>
#include <string>

#include "astro/array_geometry.h"
#include "astro/direction.h"
#include "astro/earth_orientation.h"

using namespace contimg::astro;

namespace {

void print(const Vector3& vector) {
  for (const double element : vector) std::cout << element << ' ';
}
void print(const Direction& direction) {
  std::cout << direction.ra_rad << ' ' << direction.dec_rad << ' ';
}
void print(const UvwFrame& frame) {
  print(frame.u);
  print(frame.v);
  print(frame.w);
}

EarthOrientation table_of(int argc, char** argv) {
  if (argc < 2) return EarthOrientation::built_in();
  const std::string path = argv[1];
  return path.find("finals2000A") == std::string::npos ? EarthOrientation::load(path)
                                                       : EarthOrientation::from_finals2000a(path);
}

}  // namespace

int main(int argc, char** argv) {
  const EarthOrientation earth = table_of(argc, argv);
  std::cout << std::setprecision(17);
  double time_mjd_s;
  Site site;
  Direction icrs;
  while (std::cin >> time_mjd_s >> site.longitude_rad >> site.latitude_rad >> site.height_m >>
         icrs.ra_rad >> icrs.dec_rad) {
    const Orientation orientation = earth.at(time_mjd_s);
    const ApparentFrame apparent(time_mjd_s, site, earth);
    const Vector3 itrf = apparent.itrf_from_icrs(icrs);
    std::cout << orientation.ut1_utc_s << ' ' << orientation.polar_x_rad << ' '
              << orientation.polar_y_rad << ' ';
    print(itrf);
    print(apparent.hour_angle_dec(icrs));
    print(apparent.icrs_from_itrf(itrf));
    print(uvw_frame(apparent, icrs));
    print(meridian_frame(site, icrs.dec_rad));
    print(apparent.meridian_point(icrs.dec_rad));
    std::cout << '\n';
  }
  return 0;
}
