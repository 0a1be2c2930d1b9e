// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/discovered.h"

#include <boost/filesystem.hpp>

#include "astro/constants.h"
#include "base/sqlite.h"

namespace contimg::measure {
namespace {

constexpr int kLightcurveApplication = 0x63696d6c;  // "ciml"
using astro::kDegree;

}  // namespace

std::vector<DiscoveredSource> discovered_in(const std::string& lightcurve_db,
                                            const astro::Direction& centre, double radius_rad) {
  std::vector<DiscoveredSource> sources;
  if (lightcurve_db.empty() || !boost::filesystem::exists(lightcurve_db)) return sources;
  Database db(lightcurve_db, Database::Mode::read_only, kBusyTimeout_ms);
  if (db.integer("PRAGMA application_id") != kLightcurveApplication)
    throw UsageError(lightcurve_db +
                     ": not a database of light curves, expected one or none; name another with "
                     "--lightcurve-db");
  Statement near(
      db,
      "SELECT d.name, d.ra_deg, d.dec_deg FROM source_place p JOIN discovered d USING (id)"
      " WHERE p.x1 >= ?1 AND p.x0 <= ?2 AND p.y1 >= ?3 AND p.y0 <= ?4 AND p.z1 >= ?5 AND"
      " p.z0 <= ?6 ORDER BY d.id");
  const astro::Vector3 middle = astro::unit_vector(centre);
  for (int axis = 0; axis < 3; ++axis) {
    const double at = middle[static_cast<std::size_t>(axis)];
    near.bind(2 * axis + 1, at - radius_rad).bind(2 * axis + 2, at + radius_rad);
  }
  while (near.step()) {
    DiscoveredSource source{near.text(0), {near.real(1) * kDegree, near.real(2) * kDegree}};
    if (astro::separation_rad(source.position, centre) <= radius_rad) sources.push_back(source);
  }
  return sources;
}

}  // namespace contimg::measure
