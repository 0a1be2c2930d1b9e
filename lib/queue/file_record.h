// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace contimg::queue {

/// What tells one version of a file from another, without opening it.
struct FileIdentity {
  std::int64_t inode = 0;
  std::int64_t size_byte = 0;
  std::int64_t mtime_ns = 0;

  bool operator==(const FileIdentity& other) const {
    return inode == other.inode && size_byte == other.size_byte && mtime_ns == other.mtime_ns;
  }
};

enum class FileState {
  growing,     ///< Seen, but perhaps still being written: not read yet.
  valid,       ///< The header is sound.
  invalid,     ///< The header is not: `reason` says why. Read again when the file changes.
  unreadable,  ///< Could not be opened (permission): tried again at every scan.
  vanished,    ///< Was there once.
};
const char* file_state_name(FileState state);
FileState file_state_from(const std::string& name);

/// What the queue knows of one subband file. Quantities of the header are those of the file when
/// it was last read; they have no meaning unless `has_header`.
struct FileRecord {
  std::string path;  ///< Absolute.
  FileIdentity identity;
  FileState state = FileState::growing;
  std::string reason;         ///< Why it is invalid or unreadable; or a warning (mislabelled).
  std::string stamp;          ///< YYYY-MM-DDTHH:MM:SS of the name; empty when it has none.
  double stamp_unix_s = 0;    ///< The same; 0 when it has none.
  int name_subband = -1;      ///< -1 when the name has none.
  double seen_at_unix_s = 0;  ///< When this version of the file was first seen.

  bool has_header = false;
  int subband = -1;  ///< From the frequencies; from the name for other telescopes.
  std::string telescope_name;
  double latitude_rad = 0, longitude_rad = 0, height_m = 0;
  bool drift = true;
  double pointing_dec_rad = 0;          ///< Drift: apparent declination. Phased: the centre's.
  std::optional<double> centre_ra_rad;  ///< Phased: the centre, ICRS; its dec is pointing_dec_rad.
  std::string object_name;
  double first_time_unix_s = 0;  ///< Mid of the first integration, UTC.
  double last_time_unix_s = 0;
  double integration_time_s = 0;
  int n_time = 0;
  int n_baseline = 0;
  std::int64_t n_baseline_time = 0;
  int n_antenna = 0;         ///< Antennas correlated.
  std::string station_hash;  ///< Equal if names and positions of the stations are.
  std::string polarization;  ///< AIPS codes, comma separated: "-5,-6".
  int n_channel = 0;
  double low_edge_hz = 0, high_edge_hz = 0;
  double channel_width_hz = 0;
  double dish_diameter_m = 0;  ///< 0 when the file does not say.

  std::string group_id;  ///< Empty until it has been grouped.

  double centre_hz() const { return 0.5 * (low_edge_hz + high_edge_hz); }
};

}  // namespace contimg::queue
