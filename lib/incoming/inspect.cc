// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/inspect.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/error.h"
#include "base/stop.h"
#include "incoming/first_reading.h"
#include "subband/name.h"

namespace contimg::incoming {
namespace {

using queue::FileRecord;
using queue::FileState;
using subband::Summary;

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

void copy_summary(const Summary& summary, FileRecord& record) {
  record.has_header = true;
  record.telescope_name = summary.telescope_name;
  record.latitude_rad = summary.site.latitude_rad;
  record.longitude_rad = summary.site.longitude_rad;
  record.height_m = summary.site.height_m;
  record.drift = summary.phase_type == subband::PhaseType::drift;
  record.pointing_dec_rad = summary.pointing_dec_rad;
  if (summary.phase_centre) record.centre_ra_rad = summary.phase_centre->ra_rad;
  record.object_name = summary.object_name;
  record.first_time_unix_s = astro::unix_s_from_mjd_s(summary.first_time_mjd_s);
  record.last_time_unix_s = astro::unix_s_from_mjd_s(summary.last_time_mjd_s);
  record.integration_time_s = summary.integration_time_s;
  record.n_time = static_cast<int>(summary.n_time);
  record.n_baseline = static_cast<int>(summary.n_baseline);
  record.n_baseline_time = static_cast<std::int64_t>(summary.n_baseline_time);
  record.n_antenna = static_cast<int>(summary.n_antenna_data);
  record.station_hash = std::to_string(summary.station_hash);
  for (const int code : summary.polarization)
    record.polarization += (record.polarization.empty() ? "" : ",") + std::to_string(code);
  record.n_channel = static_cast<int>(summary.n_channel);
  record.low_edge_hz = summary.low_edge_hz();
  record.high_edge_hz = summary.high_edge_hz();
  record.channel_width_hz = summary.channel_width_hz;
  record.dish_diameter_m = summary.dish_diameter_m;
}

/// Decides the subband, and complains where name and frequencies disagree.
void place_in_band(const Summary& summary, FileRecord& record) {
  const std::optional<int> of_frequency = subband::subband_from_frequency(summary);
  record.subband = of_frequency.value_or(record.name_subband);
  if (!of_frequency && subband::is_correlator_band(summary)) {
    record.state = FileState::invalid;
    record.reason = record.path + ": frequencies " + std::to_string(record.low_edge_hz * 1e-6) +
                    " to " + std::to_string(record.high_edge_hz * 1e-6) +
                    " MHz are those of no subband; its host is not in the correlator's table";
  } else if (of_frequency && record.name_subband >= 0 && *of_frequency != record.name_subband) {
    record.reason = "mislabelled: the name says sb" + two_digits(record.name_subband) +
                    ", the frequencies are those of sb" + two_digits(*of_frequency);
  }
}

FileRecord start_record(const std::string& path) {
  FileRecord record;
  record.path = path;
  if (const auto name = subband::parse_file_name(path)) {
    record.stamp = name->stamp;
    record.stamp_unix_s = astro::unix_s_from_mjd_s(name->stamp_mjd_s);
    record.name_subband = record.subband = name->subband;
  }
  return record;
}

void read_header(const subband::SummaryLimits& limits, FileRecord& record) {
  try {
    const Summary summary = subband::read_summary(record.path, limits);
    record.state = FileState::valid;
    copy_summary(summary, record);
    place_in_band(summary, record);
  } catch (const DataError& error) {
    record.state = FileState::invalid;
    record.reason = error.what();
  } catch (const Stopped&) {
    throw;
  } catch (const TemporaryError& error) {
    record.state = FileState::unreadable;
    record.reason = error.what();
  }
}

}  // namespace

FileRecord inspect(const Entry& entry, const subband::SummaryLimits& limits) {
  check_stop();
  FileRecord record = start_record(entry.path);
  record.identity = entry.identity;
  const std::string fault = fault_in_reading(entry.path, limits);
  if (fault.empty()) {
    read_header(limits, record);
  } else {
    record.state = FileState::invalid;
    record.reason =
        entry.path + ": reading it ended a process by " + fault +
        ", a fault of the HDF5 library that a damaged file sets off; copy it again from "
        "the correlator";
  }
  if (entry.misnamed && record.state == FileState::valid) {
    record.state = FileState::invalid;
    record.reason = entry.path +
                    ": the name has no readable time stamp or subband number, expected "
                    "YYYY-MM-DDTHH:MM:SS_sbNN.hdf5; rename it";
  }
  const std::optional<Entry> after = look_at(entry.path);
  if (!after) {
    record.state = FileState::vanished;
    record.reason = entry.path + ": vanished while it was read";
  } else if (!(after->identity == entry.identity)) {
    record.state = FileState::growing;
    record.reason.clear();
    record.identity = after->identity;
  }
  return record;
}

FileRecord inspect_path(const std::string& path, const subband::SummaryLimits& limits) {
  check_stop();
  FileRecord record = start_record(path);
  if (const std::optional<queue::FileIdentity> identity = identity_of_path(path))
    record.identity = *identity;
  read_header(limits, record);
  return record;
}

std::string to_json(const FileRecord& record) {
  nlohmann::json object = {{"path", record.path},
                           {"state", queue::file_state_name(record.state)},
                           {"reason", record.reason},
                           {"size", record.identity.size_byte}};
  if (record.has_header) {
    object["subband"] = record.subband;
    object["telescope"] = record.telescope_name;
    object["phase_type"] = record.drift ? "drift" : "phased";
    object["pointing_dec_deg"] = record.pointing_dec_rad / astro::kDegree;
    if (record.centre_ra_rad) object["centre_ra_deg"] = *record.centre_ra_rad / astro::kDegree;
    object["object"] = record.object_name;
    object["first_time"] = astro::format_time(astro::mjd_s_from_unix_s(record.first_time_unix_s));
    object["last_time"] = astro::format_time(astro::mjd_s_from_unix_s(record.last_time_unix_s));
    object["integration_time_s"] = record.integration_time_s;
    object["n_time"] = record.n_time;
    object["n_antenna"] = record.n_antenna;
    object["n_baseline"] = record.n_baseline;
    object["polarizations"] = record.polarization;
    object["n_channel"] = record.n_channel;
    object["low_edge_mhz"] = record.low_edge_hz * 1e-6;
    object["high_edge_mhz"] = record.high_edge_hz * 1e-6;
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_text(const FileRecord& record) {
  std::string text = record.path + ": " + queue::file_state_name(record.state);
  if (!record.has_header) return text;
  char line[256];
  std::snprintf(line, sizeof line,
                " sb%02d %s, %d x %.3f s, %.3f to %.3f MHz, %d antennas, %s dec %.4f deg",
                record.subband,
                astro::format_time(astro::mjd_s_from_unix_s(record.first_time_unix_s)).c_str(),
                record.n_time, record.integration_time_s, record.low_edge_hz * 1e-6,
                record.high_edge_hz * 1e-6, record.n_antenna, record.drift ? "drift" : "phased",
                record.pointing_dec_rad / astro::kDegree);
  return text + line;
}

}  // namespace contimg::incoming
