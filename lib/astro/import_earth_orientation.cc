// SPDX-License-Identifier: GPL-3.0-or-later
#include "astro/import_earth_orientation.h"

#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::astro {
namespace {

constexpr double kWarnBeforeEnd_days = 30;
constexpr std::size_t kFewestRows = 30;  // fewer is a fragment: the IERS publishes years

}  // namespace

TableAge table_age(const EarthOrientation& earth, double now_unix_s) {
  const double now_mjd = mjd_s_from_unix_s(now_unix_s) / kDay_s;
  TableAge age = {now_mjd - earth.last_measured_mjd(), earth.last_mjd() - now_mjd, ""};
  const std::string end = format_date(earth.last_mjd() * kDay_s);
  const std::string remedy =
      "; fetch finals2000A.all from the IERS and run import-earth-orientation";
  if (age.until_end_days < 0) {
    age.warning = "Earth-orientation predictions ended on " + end + remedy;
  } else if (age.until_end_days < kWarnBeforeEnd_days) {
    age.warning = "Earth-orientation predictions end on " + end + ", in " +
                  std::to_string(std::lround(age.until_end_days)) + " days" + remedy;
  }
  return age;
}

ImportedTable import_earth_orientation(const std::string& finals2000a, const std::string& output,
                                       bool overwrite) {
  EarthOrientation earth = EarthOrientation::from_finals2000a(finals2000a);
  if (earth.n_row() < kFewestRows) {
    throw DataError(finals2000a + ": " + std::to_string(earth.n_row()) +
                    " rows, expected at least 30; fetch it again");
  }
  // The comparison is with a table written aside; it is dropped when there is nothing to change.
  AtomicOutput product(output, this_process(0), /*overwrite=*/true);
  earth.save(product.path());
  const auto before = file_bytes(output);
  if (before && *before == file_bytes(product.path())) return {output, std::move(earth), false};
  if (!overwrite && before) {
    throw DataError(output + ": another table is there already; give --overwrite to replace it");
  }
  product.commit();
  return {output, std::move(earth), true};
}

}  // namespace contimg::astro
