// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/header.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hdf5.h"

namespace contimg::subband {
namespace {

void require_length(const std::string& path, const char* name, std::size_t length,
                    std::size_t expected) {
  if (length != expected)
    throw DataError(path + ": Header/" + name + " has " + std::to_string(length) +
                    " elements, expected " + std::to_string(expected));
}

std::vector<Station> read_stations(const hdf5::File& file, const Summary& summary) {
  const std::size_t n = summary.n_antenna_telescope;
  const auto names = file.texts("Header/antenna_names");
  const auto positions = file.dataset("Header/antenna_positions").read_all<double>();
  require_length(file.path(), "antenna_names", names.size(), n);
  require_length(file.path(), "antenna_positions", positions.size(), 3 * n);
  const auto numbers = file.dataset("Header/antenna_numbers").read_all<std::int64_t>();
  require_length(file.path(), "antenna_numbers", numbers.size(), n);
  std::vector<double> diameters(n, 0.0);
  if (file.has("Header/antenna_diameters"))
    diameters = file.dataset("Header/antenna_diameters").read_all<double>();
  if (diameters.size() == 1) diameters.assign(n, diameters[0]);
  require_length(file.path(), "antenna_diameters", diameters.size(), n);

  const astro::Vector3 centre = astro::ecef_from_site(summary.site);
  std::vector<Station> stations(n);
  for (std::size_t i = 0; i < n; ++i) {
    stations[i].name = names[i];
    stations[i].number = numbers[i];
    stations[i].diameter_m = std::isfinite(diameters[i]) && diameters[i] > 0 ? diameters[i] : 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      stations[i].position_m[axis] = centre[axis] + positions[3 * i + axis];
      if (!std::isfinite(stations[i].position_m[axis]))
        throw DataError(file.path() +
                        ": Header/antenna_positions holds a value that is not finite");
    }
  }
  return stations;
}

std::vector<std::int32_t> read_station_indices(const hdf5::File& file, const char* name,
                                               const std::vector<Station>& stations,
                                               std::size_t n_row) {
  std::map<std::int64_t, std::int32_t> index;
  for (std::size_t i = 0; i < stations.size(); ++i)
    if (!index.emplace(stations[i].number, static_cast<std::int32_t>(i)).second)
      throw DataError(file.path() + ": Header/antenna_numbers names number " +
                      std::to_string(stations[i].number) + " twice");
  const auto numbers = file.dataset(std::string("Header/") + name).read_all<std::int64_t>();
  require_length(file.path(), name, numbers.size(), n_row);
  std::vector<std::int32_t> result(n_row);
  for (std::size_t row = 0; row < n_row; ++row) {
    const auto found = index.find(numbers[row]);
    if (found == index.end())
      throw DataError(file.path() + ": Header/" + name + " names antenna number " +
                      std::to_string(numbers[row]) +
                      ", which Header/antenna_numbers does not have");
    result[row] = found->second;
  }
  return result;
}

void read_times(const hdf5::File& file, std::size_t n_row, const SummaryLimits& limits,
                Header& header) {
  header.time_mjd_s = file.dataset("Header/time_array").read_all<double>();
  require_length(file.path(), "time_array", header.time_mjd_s.size(), n_row);
  for (double& time : header.time_mjd_s) {
    time = astro::mjd_s_from_jd(time);
    const double mjd = time / kDay_s;
    if (!(mjd >= limits.earliest_mjd && mjd <= limits.latest_mjd))
      throw DataError(file.path() + ": Header/time_array holds MJD " + std::to_string(mjd) +
                      ", expected a time from MJD " + std::to_string(limits.earliest_mjd) +
                      "; the correlator had lost its clock");
  }
  header.integration_time_s = file.dataset("Header/integration_time").read_all<double>();
  if (header.integration_time_s.size() == 1)
    header.integration_time_s.assign(n_row, header.integration_time_s[0]);
  require_length(file.path(), "integration_time", header.integration_time_s.size(), n_row);
  for (const double duration_s : header.integration_time_s)
    if (!(duration_s > 0 && duration_s < kDay_s))
      throw DataError(file.path() + ": Header/integration_time holds " +
                      std::to_string(duration_s) + " s, expected a positive number of seconds");
}

void read_band(const hdf5::File& file, Header& header) {
  const std::size_t n_channel = header.summary.n_channel;
  header.frequency_hz = file.dataset("Header/freq_array").read_all<double>();
  require_length(file.path(), "freq_array", header.frequency_hz.size(), n_channel);
  header.channel_width_hz = file.dataset("Header/channel_width").read_all<double>();
  if (header.channel_width_hz.size() == 1)
    header.channel_width_hz.assign(n_channel, header.channel_width_hz[0]);
  require_length(file.path(), "channel_width", header.channel_width_hz.size(), n_channel);
  for (std::size_t channel = 0; channel < n_channel; ++channel) {
    header.channel_width_hz[channel] = std::abs(header.channel_width_hz[channel]);
    for (const double value_hz : {header.frequency_hz[channel], header.channel_width_hz[channel]})
      if (!(value_hz > 0) || !std::isfinite(value_hz))
        throw DataError(file.path() +
                        ": Header/freq_array or channel_width is not a positive number");
  }
  const auto codes = file.dataset("Header/polarization_array").read_all<std::int64_t>();
  require_length(file.path(), "polarization_array", codes.size(), header.summary.n_polarization);
  header.polarization.assign(codes.begin(), codes.end());
}

std::vector<astro::Vector3> read_uvw_rows(const hdf5::File& file, std::size_t n_wanted,
                                          std::size_t n_row) {
  const hdf5::Dataset dataset = file.dataset("Header/uvw_array");
  if (dataset.shape() != hdf5::Shape{n_row, 3})
    throw DataError(dataset.label() + " is not [" + std::to_string(n_row) + ", 3]");
  std::vector<astro::Vector3> uvw(n_wanted);
  if (n_wanted != 0) dataset.read(H5T_NATIVE_DOUBLE, {0, 0}, {n_wanted, 3}, uvw.data());
  return uvw;
}

}  // namespace

std::vector<astro::Vector3> read_uvw(const std::string& path) {
  const hdf5::File file = hdf5::File::open(path);
  const std::size_t n_row = file.dataset("Header/uvw_array").shape().at(0);
  return read_uvw_rows(file, n_row, n_row);
}

Header read_header(const std::string& path, const SummaryLimits& limits) {
  Header header;
  header.summary = read_summary(path, limits);
  const hdf5::File file = hdf5::File::open(path);
  const std::size_t n_row = header.summary.n_baseline_time;
  header.stations = read_stations(file, header.summary);
  header.station1 = read_station_indices(file, "ant_1_array", header.stations, n_row);
  header.station2 = read_station_indices(file, "ant_2_array", header.stations, n_row);
  read_times(file, n_row, limits, header);
  read_band(file, header);
  if (file.has("Header/uvw_array"))
    header.first_uvw_m = read_uvw_rows(file, std::min(header.summary.n_baseline, n_row), n_row);
  if (file.has("Header/history")) header.history = file.text("Header/history");
  return header;
}

}  // namespace contimg::subband
