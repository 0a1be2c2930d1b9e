// SPDX-License-Identifier: GPL-3.0-or-later
// What the two targets of subband files have in common.
#include "header_check.h"

#include <cmath>

#include "harness.h"
#include "subband/header.h"
#include "subband/row_reader.h"

namespace contimg::fuzz {
namespace {

void check_summary(const subband::Summary& summary) {
  require(summary.n_baseline_time >= 1 && summary.n_channel >= 1 && summary.n_time >= 1,
          "counts are positive");
  require(std::isfinite(summary.low_edge_hz()) && std::isfinite(summary.high_edge_hz()) &&
              summary.high_edge_hz() > summary.low_edge_hz(),
          "the band has finite edges");
  require(summary.last_time_mjd_s >= summary.first_time_mjd_s || summary.n_time == 1,
          "the last time is not before the first");
  require(summary.integration_time_s > 0, "the integration time is positive");
  require(std::abs(summary.pointing_dec_rad) < 1.6, "the declination is a latitude");
  require(std::isfinite(summary.site.height_m), "the site is a place");
  require(summary.polarization.size() == summary.n_polarization && summary.n_polarization <= 4,
          "each polarisation has its code");
  if (summary.phase_centre)
    require(
        std::isfinite(summary.phase_centre->ra_rad) && std::isfinite(summary.phase_centre->dec_rad),
        "a phase centre is a direction");
  const auto number = subband::subband_from_frequency(summary);
  require(!number || (*number >= 0 && *number < 16), "a number of a subband is 0 to 15");
}

void check_header(const subband::Header& header) {
  const std::size_t n_row = header.summary.n_baseline_time;
  require(header.time_mjd_s.size() == n_row && header.integration_time_s.size() == n_row &&
              header.station1.size() == n_row && header.station2.size() == n_row,
          "each row has its time and stations");
  require(header.frequency_hz.size() == header.summary.n_channel &&
              header.channel_width_hz.size() == header.summary.n_channel,
          "each channel has its frequency and width");
  for (std::size_t row = 0; row < n_row; ++row) {
    require(std::isfinite(header.time_mjd_s[row]), "a time is finite");
    require(std::isfinite(header.integration_time_s[row]) && header.integration_time_s[row] > 0,
            "an integration time is positive");
    for (const std::int32_t station : {header.station1[row], header.station2[row]})
      require(station >= 0 && static_cast<std::size_t>(station) < header.stations.size(),
              "a station is in the list");
  }
  for (std::size_t channel = 0; channel < header.summary.n_channel; ++channel)
    require(std::isfinite(header.frequency_hz[channel]) && header.frequency_hz[channel] > 0 &&
                std::isfinite(header.channel_width_hz[channel]) &&
                header.channel_width_hz[channel] > 0,
            "frequency and width are positive numbers");
  for (const subband::Station& station : header.stations) {
    require(std::isfinite(station.diameter_m) && station.diameter_m >= 0, "a diameter is a length");
    for (const double metre : station.position_m)
      require(std::isfinite(metre), "a station is a place");
  }
}

template <typename T>
void read_rows(const std::string& path, const char* name, const subband::Header& header) {
  const hdf5::File file = hdf5::File::open(path);
  const std::size_t n_row = header.summary.n_baseline_time;
  subband::RowReader<T> reader(file, name, n_row, header.summary.n_channel,
                               header.summary.n_polarization);
  const std::size_t n_byte = header.summary.n_channel * header.summary.n_polarization * sizeof(T);
  for (const std::size_t row : {std::size_t{0}, n_row / 2, n_row - 1}) {
    // Every byte is looked at: AddressSanitizer says when one is not there.
    const auto* bytes = reinterpret_cast<const volatile unsigned char*>(reader.row(row));
    for (std::size_t i = 0; i < n_byte; ++i) static_cast<void>(bytes[i]);
  }
}

}  // namespace

void read_subband(const std::string& path) {
  subband::Summary summary;
  if (!accepts(path, [&] { summary = subband::read_summary(path); })) return;
  check_summary(summary);
  accepts(path, [&] { subband::read_uvw(path); });
  subband::Header header;
  if (!accepts(path, [&] { header = subband::read_header(path); })) return;
  check_header(header);
  accepts(path, [&] { read_rows<std::complex<float>>(path, "Data/visdata", header); });
  accepts(path, [&] { read_rows<std::int8_t>(path, "Data/flags", header); });
  accepts(path, [&] { read_rows<float>(path, "Data/nsamples", header); });
}

}  // namespace contimg::fuzz
