// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "base/sqlite.h"

namespace contimg::metrics {

/// How fast the configured folders grow, from what the queue recorded.
struct Growth {
  double begin_unix_s = 0, end_unix_s = 0;  ///< What was measured.
  /// Bytes that came in that time by the folder's role: input (raw files), output, image, source,
  /// mosaic, caltable.
  std::map<std::string, double> byte;

  double rate_byte_per_s(const std::string& role) const;
};

/// Given: the present time, and how far back to look; where the records do not reach so far, from
/// the first of them on. A product counts with its recorded size when it was last written, a raw
/// file when its group was complete. What has been removed since counts too.
Growth measured_growth(Database& db, const contimg::Settings& settings, double now_unix_s,
                       double window_s);

/// One filesystem with configured folders on it.
struct Disk {
  std::vector<std::string> roles;  ///< Whose folders lie on it, in order.
  std::string folder;              ///< One of them.
  double free_byte = 0, floor_byte = 0, rate_byte_per_s = 0;
  /// Until free_byte is floor_byte; 0 when it is below; nothing when it does not grow.
  std::optional<double> floor_in_s;
};

/// Seconds until what is free has come down to the floor at a steady rate:
/// (free - floor) / rate, not below 0; nothing when the rate is not above 0.
std::optional<double> seconds_to_floor(double free_byte, double floor_byte, double rate_byte_per_s);

/// The filesystems of the configured folders, each with the growth of all that lies on it.
std::vector<Disk> disk_forecast(const contimg::Settings& settings, const Growth& growth);

}  // namespace contimg::metrics
