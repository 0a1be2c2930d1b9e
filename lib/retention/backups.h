// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "retention/candidate.h"

namespace contimg::retention {

/// Copies of databases in the backup folder, `<database>-<UTC>.sqlite3` as manage-queue writes them.
/// Those younger than keep_hourly_backup_days all stay; older ones one a day (UTC), the last, until
/// keep_daily_backup_days; and of each database the newest three that verify, whatever their age, and
/// newer ones that cannot be read now.
void add_backups(const contimg::Settings& settings, double now_unix_s, Plan& plan);

/// The rule by itself. Given: times of the backups of one database, ascending; those that always
/// stay. Returned: for each whether it goes.
std::vector<bool> expired_backups(const std::vector<double>& taken_unix_s,
                                  const std::vector<bool>& always, double now_unix_s,
                                  double every_days, double daily_days);

/// Why a backup is no good: its checksum, SQLite's own check; empty: it is sound. Throws TemporaryError
/// when it cannot be read now.
std::string why_unsound(const std::string& backup);

}  // namespace contimg::retention
