// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/validation.h"

#include <cmath>

#include "base/error.h"
#include "ms/reader.h"

namespace contimg::convert {
namespace {

using Faults = std::vector<std::string>;

void check_frequencies(const ms::Description& found, Faults& faults) {
  double last_hz = 0;
  for (const ms::SpectralWindow& window : found.spectral_windows) {
    for (const double frequency_hz : window.frequency_hz) {
      if (!(frequency_hz > last_hz)) {
        faults.push_back("channel frequencies do not ascend in window " + window.name);
        return;
      }
      last_hz = frequency_hz;
    }
    for (const double width_hz : window.width_hz)
      if (!(width_hz > 0)) {
        faults.push_back("a channel width is not positive in window " + window.name);
        return;
      }
  }
}

void check_description(const ms::Description& found, const ms::Description& planned,
                       Faults& faults) {
  constexpr double kSamePlace_rad = 5e-9;  // a milliarcsecond
  constexpr double kSamePosition_m = 1e-3;
  if (found.fields.size() != planned.fields.size()) faults.push_back("FIELD has missing rows");
  for (std::size_t i = 0; i < std::min(found.fields.size(), planned.fields.size()); ++i)
    if (!(astro::separation_rad(found.fields[i].phase_centre, planned.fields[i].phase_centre) <
          kSamePlace_rad))
      faults.push_back("phase centre of field " + std::to_string(i) + " is not the planned one");
  if (found.antennas.size() != planned.antennas.size())
    faults.push_back("ANTENNA has missing rows");
  for (std::size_t i = 0; i < std::min(found.antennas.size(), planned.antennas.size()); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (!(std::abs(found.antennas[i].position_m[axis] - planned.antennas[i].position_m[axis]) <
            kSamePosition_m))
        faults.push_back("position of antenna " + found.antennas[i].name + " differs");
  if (!(found.first_time_mjd_s < found.last_time_mjd_s))
    faults.push_back("OBSERVATION TIME_RANGE is empty");
  check_frequencies(found, faults);
}

// What a resumed conversion did not write itself must be what it would have written.
void check_keys(const ms::RowKeys& found, const ms::RowKeys& planned, Faults& faults) {
  if (found.time_mjd_s != planned.time_mjd_s ||
      found.integration_time_s != planned.integration_time_s)
    faults.push_back("TIME or INTERVAL is not as planned");
  if (found.antenna1 != planned.antenna1 || found.antenna2 != planned.antenna2)
    faults.push_back("ANTENNA1 or ANTENNA2 is not as planned");
  if (found.data_description != planned.data_description || found.field != planned.field)
    faults.push_back("DATA_DESC_ID or FIELD_ID is not as planned");
  if (found.uvw_m != planned.uvw_m) faults.push_back("UVW is not as planned");
}

void check_uvw(const ms::RowKeys& keys, Faults& faults) {
  constexpr double kLongest_m = 100e3;
  double longest_m = 0;
  for (const double uvw_m : keys.uvw_m) {
    if (!std::isfinite(uvw_m)) {
      faults.push_back("UVW holds a value that is not finite");
      return;
    }
    longest_m = std::max(longest_m, std::abs(uvw_m));
  }
  if (!(longest_m > 0)) faults.push_back("UVW is zero throughout");
  if (longest_m > kLongest_m)
    faults.push_back("UVW reaches " + std::to_string(longest_m / 1e3) + " km, expected below 100");
}

}  // namespace

std::vector<std::string> find_faults(const std::string& ms_path, const Plan& plan) {
  Faults faults;
  if (plan.uvw_discrepancy_m > kUvwTolerance_m)
    faults.push_back("uvw in the files differ from the stations' by " +
                     std::to_string(plan.uvw_discrepancy_m) +
                     " m (median), expected below 1 m: a sign, the station positions or the "
                     "declination of the header is wrong");
  try {
    const ms::Reader reader(ms_path);
    if (reader.n_row() != plan.n_row() || reader.n_row() == 0) {
      faults.push_back("has " + std::to_string(reader.n_row()) + " rows, expected " +
                       std::to_string(plan.n_row()));
      return faults;
    }
    check_description(reader.description(), plan.description, faults);
    const ms::RowKeys keys = reader.keys();
    check_uvw(keys, faults);
    check_keys(keys, plan.keys, faults);
    for (const std::size_t row : {std::size_t{0}, plan.n_row() / 2, plan.n_row() - 1}) {
      const ms::Rows rows = reader.rows(row, 1);
      for (std::size_t i = 0; i < rows.data.size(); ++i)
        if (!std::isfinite(std::abs(rows.data[i])) && !rows.flag[i])
          faults.push_back("DATA of row " + std::to_string(row) +
                           " holds an unflagged value that is not finite");
    }
  } catch (const DataError& error) {
    faults.push_back(error.what());
  }
  return faults;
}

}  // namespace contimg::convert
