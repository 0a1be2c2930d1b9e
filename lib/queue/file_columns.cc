// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/file_columns.h"

#include <string>

#include "base/clock.h"

namespace contimg::queue {
namespace {

constexpr double kDegreesPerRadian = 57.29577951308232;

/// Columns that only people and older documents read come first; then those of FileRecord.
constexpr const char* kUpsert = R"sql(
INSERT INTO hdf5_file_index
  (path, filename, subband_code, timestamp_iso, timestamp_mjd, file_size_bytes, modified_time,
   indexed_at, stored, ra, dec, obs_date, obs_time, seen_at_unix_s, inode, mtime_ns, state, reason,
   stamp_unix_s, name_subband, has_header, subband_num, telescope_name, latitude_rad,
   longitude_rad, height_m, drift, pointing_dec_rad, centre_ra_rad, object_name,
   first_time_unix_s, last_time_unix_s, integration_time_s, n_time, n_baseline, n_baseline_time,
   n_antenna, station_hash, polarization, n_channel, low_edge_hz, high_edge_hz, channel_width_hz,
   dish_diameter_m, needs_grouping)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
        ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38,
        ?39, ?40, ?41, ?42, ?43, ?44, ?17 IN ('valid', 'invalid', 'unreadable'))
ON CONFLICT (path) DO UPDATE SET
  filename = excluded.filename, subband_code = excluded.subband_code,
  timestamp_iso = excluded.timestamp_iso, timestamp_mjd = excluded.timestamp_mjd,
  file_size_bytes = excluded.file_size_bytes, modified_time = excluded.modified_time,
  indexed_at = excluded.indexed_at, stored = excluded.stored, ra = excluded.ra, dec = excluded.dec,
  obs_date = excluded.obs_date, obs_time = excluded.obs_time,
  seen_at_unix_s = excluded.seen_at_unix_s, inode = excluded.inode, mtime_ns = excluded.mtime_ns,
  state = excluded.state, reason = excluded.reason, stamp_unix_s = excluded.stamp_unix_s,
  name_subband = excluded.name_subband, has_header = excluded.has_header,
  subband_num = excluded.subband_num, telescope_name = excluded.telescope_name,
  latitude_rad = excluded.latitude_rad, longitude_rad = excluded.longitude_rad,
  height_m = excluded.height_m, drift = excluded.drift,
  pointing_dec_rad = excluded.pointing_dec_rad, centre_ra_rad = excluded.centre_ra_rad,
  object_name = excluded.object_name, first_time_unix_s = excluded.first_time_unix_s,
  last_time_unix_s = excluded.last_time_unix_s,
  integration_time_s = excluded.integration_time_s, n_time = excluded.n_time,
  n_baseline = excluded.n_baseline, n_baseline_time = excluded.n_baseline_time,
  n_antenna = excluded.n_antenna, station_hash = excluded.station_hash,
  polarization = excluded.polarization, n_channel = excluded.n_channel,
  low_edge_hz = excluded.low_edge_hz, high_edge_hz = excluded.high_edge_hz,
  channel_width_hz = excluded.channel_width_hz, dish_diameter_m = excluded.dish_diameter_m,
  needs_grouping = excluded.needs_grouping
)sql";

int integer_or(const Statement& row, int column, int otherwise) {
  return row.is_null(column) ? otherwise : static_cast<int>(row.integer(column));
}

}  // namespace

const char* const kFileColumns =
    "path, inode, file_size_bytes, mtime_ns, state, reason, timestamp_iso, stamp_unix_s, "
    "name_subband, seen_at_unix_s, has_header, subband_num, telescope_name, latitude_rad, "
    "longitude_rad, height_m, drift, pointing_dec_rad, centre_ra_rad, object_name, "
    "first_time_unix_s, last_time_unix_s, integration_time_s, n_time, n_baseline, "
    "n_baseline_time, n_antenna, station_hash, polarization, n_channel, low_edge_hz, "
    "high_edge_hz, channel_width_hz, dish_diameter_m, group_id";

FileRecord read_file_record(const Statement& row) {
  FileRecord file;
  int column = 0;
  file.path = row.text(column++);
  file.identity.inode = row.integer(column++);
  file.identity.size_byte = row.integer(column++);
  file.identity.mtime_ns = row.integer(column++);
  file.state = file_state_from(row.text(column++));
  file.reason = row.text(column++);
  file.stamp = row.text(column++);
  file.stamp_unix_s = row.real_or_zero(column++);
  file.name_subband = integer_or(row, column++, -1);
  file.seen_at_unix_s = row.real_or_zero(column++);
  file.has_header = row.integer(column++) != 0;
  file.subband = integer_or(row, column++, -1);
  file.telescope_name = row.text(column++);
  file.latitude_rad = row.real_or_zero(column++);
  file.longitude_rad = row.real_or_zero(column++);
  file.height_m = row.real_or_zero(column++);
  file.drift = integer_or(row, column++, 1) != 0;
  file.pointing_dec_rad = row.real_or_zero(column++);
  if (!row.is_null(column)) file.centre_ra_rad = row.real(column);
  ++column;
  file.object_name = row.text(column++);
  file.first_time_unix_s = row.real_or_zero(column++);
  file.last_time_unix_s = row.real_or_zero(column++);
  file.integration_time_s = row.real_or_zero(column++);
  file.n_time = integer_or(row, column++, 0);
  file.n_baseline = integer_or(row, column++, 0);
  file.n_baseline_time = integer_or(row, column++, 0);
  file.n_antenna = integer_or(row, column++, 0);
  file.station_hash = row.text(column++);
  file.polarization = row.text(column++);
  file.n_channel = integer_or(row, column++, 0);
  file.low_edge_hz = row.real_or_zero(column++);
  file.high_edge_hz = row.real_or_zero(column++);
  file.channel_width_hz = row.real_or_zero(column++);
  file.dish_diameter_m = row.real_or_zero(column++);
  file.group_id = row.text(column++);
  return file;
}

FileUpsert::FileUpsert(Database& db) : statement_(db, kUpsert) {}

void FileUpsert::bind_file(const FileRecord& file, double seen_at_unix_s, double now_unix_s) {
  statement_.bind(1, file.path);
  statement_.bind(2, file.path.substr(file.path.find_last_of('/') + 1));
  const bool numbered = file.subband >= 0;
  if (numbered)
    statement_.bind(3, (file.subband < 10 ? "sb0" : "sb") + std::to_string(file.subband));
  else
    statement_.bind_null(3);
  for (const int column : {4, 5, 12, 13, 19}) statement_.bind_null(column);
  if (!file.stamp.empty()) {
    statement_.bind(4, file.stamp);
    statement_.bind(5, file.stamp_unix_s / kDay_s + kUnixEpoch_mjd);
    statement_.bind(12, file.stamp.substr(0, 10));
    statement_.bind(13, file.stamp.substr(11));
    statement_.bind(19, file.stamp_unix_s);
  }
  statement_.bind(6, file.identity.size_byte);
  statement_.bind(7, static_cast<double>(file.identity.mtime_ns) * 1e-9);
  statement_.bind(8, now_unix_s);
  statement_.bind(9, file.state != FileState::vanished);
  statement_.bind(14, seen_at_unix_s);
  statement_.bind(15, file.identity.inode);
  statement_.bind(16, file.identity.mtime_ns);
  statement_.bind(17, file_state_name(file.state));
  statement_.bind(18, file.reason);
  statement_.bind(20, file.name_subband);
  if (numbered)
    statement_.bind(22, file.subband);
  else
    statement_.bind_null(22);
}

void FileUpsert::bind_header(const FileRecord& file) {
  statement_.bind(21, file.has_header);
  for (const int column : {10, 11}) statement_.bind_null(column);
  for (int column = 23; column <= 44; ++column) statement_.bind_null(column);
  if (!file.has_header) return;
  if (file.centre_ra_rad) statement_.bind(10, *file.centre_ra_rad * kDegreesPerRadian);
  statement_.bind(11, file.pointing_dec_rad * kDegreesPerRadian);
  statement_.bind(23, file.telescope_name);
  statement_.bind(24, file.latitude_rad).bind(25, file.longitude_rad).bind(26, file.height_m);
  statement_.bind(27, file.drift).bind(28, file.pointing_dec_rad);
  statement_.bind(29, file.centre_ra_rad).bind(30, file.object_name);
  statement_.bind(31, file.first_time_unix_s).bind(32, file.last_time_unix_s);
  statement_.bind(33, file.integration_time_s).bind(34, file.n_time);
  statement_.bind(35, file.n_baseline).bind(36, file.n_baseline_time);
  statement_.bind(37, file.n_antenna).bind(38, file.station_hash).bind(39, file.polarization);
  statement_.bind(40, file.n_channel).bind(41, file.low_edge_hz).bind(42, file.high_edge_hz);
  statement_.bind(43, file.channel_width_hz).bind(44, file.dish_diameter_m);
}

void FileUpsert::run(const FileRecord& file, double seen_at_unix_s, double now_unix_s) {
  bind_file(file, seen_at_unix_s, now_unix_s);
  bind_header(file);
  statement_.run();
}

}  // namespace contimg::queue
