// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of the Earth's orientation: our own, and finals2000A of the IERS (lib/astro/earth_orientation).
#include "astro/earth_orientation.h"

#include <cmath>

#include "harness.h"

using namespace contimg;

namespace {

void check_table(const astro::EarthOrientation& table) {
  fuzz::require(table.n_row() >= 4 && table.first_mjd() < table.last_mjd(), "a table has rows");
  for (const double mjd : {table.first_mjd(), 0.5 * (table.first_mjd() + table.last_mjd()),
                           table.last_mjd(), table.last_mjd() + 1000}) {
    const astro::Orientation at = table.at(mjd * 86400);
    // A cubic between rows of at most 1 s, and a leap second.
    fuzz::require(std::abs(at.ut1_utc_s) < 100, "UT1-UTC is small");
    fuzz::require(std::isfinite(at.polar_x_rad) && std::isfinite(at.polar_y_rad),
                  "a pole is finite");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path =
      fuzz::write_file("finals", std::string(reinterpret_cast<const char*>(data), size));
  fuzz::accepts(path, [&] { check_table(astro::EarthOrientation::load(path)); });
  fuzz::accepts(path, [&] {
    const auto table = astro::EarthOrientation::from_finals2000a(path);
    check_table(table);
    const std::string saved = fuzz::folder() + "/saved";
    table.save(saved);
    const auto again = astro::EarthOrientation::load(saved);
    fuzz::require(again.n_row() == table.n_row() && again.last_mjd() == table.last_mjd(),
                  "a table that was saved is the same");
  });
  return 0;
}
