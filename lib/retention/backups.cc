// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/backups.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <ctime>
#include <map>
#include <regex>

#include "base/clock.h"
#include "base/error.h"
#include "base/sqlite.h"
#include "queue/backup.h"
#include "retention/ground.h"

namespace contimg::retention {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kAlways = 3;

struct Backup {
  Entry entry;
  double taken_unix_s = 0;
};

double time_in(const std::string& stamp) {
  std::tm utc{};
  return strptime(stamp.c_str(), "%Y%m%dT%H%M%SZ", &utc) ? static_cast<double>(timegm(&utc)) : 0;
}

// By database, in order of time, for their names sort so.
std::map<std::string, std::vector<Backup>> backups_in(const std::string& folder) {
  static const std::regex names(R"((queue|measurements|lightcurves)-(\d{8}T\d{6}Z)\.sqlite3)");
  std::map<std::string, std::vector<Backup>> found;
  for (const Entry& entry : entries_of(folder)) {
    std::smatch parts;
    const std::string name = fs::path(entry.path).filename().string();
    if (entry.is_file && std::regex_match(name, parts, names))
      found[parts[1]].push_back({entry, time_in(parts[2])});
  }
  return found;
}

// Those that cannot be read now, which is the disk's fault, are no loss to keep.
std::vector<bool> newest_sound(const std::vector<Backup>& backups) {
  std::vector<bool> result(backups.size(), false);
  std::size_t n = 0;
  for (std::size_t i = backups.size(); i-- > 0 && n < kAlways;) {
    try {
      result[i] = why_unsound(backups[i].entry.path).empty();
      n += result[i] ? 1 : 0;
    } catch (const TemporaryError& error) {
      spdlog::warn("{}; it is kept", error.what());
      result[i] = true;
    }
  }
  return result;
}

}  // namespace

std::string why_unsound(const std::string& backup) {
  try {
    queue::require_checksum(backup);
    Database db(backup, Database::Mode::immutable, 1000);
    const std::vector<std::string> damages = db.damages(1);
    return damages.empty() ? "" : damages.front();
  } catch (const DataError& error) {
    return error.what();
  }
}

std::vector<bool> expired_backups(const std::vector<double>& taken_unix_s,
                                  const std::vector<bool>& always, double now_unix_s,
                                  double every_days, double daily_days) {
  std::vector<bool> goes(taken_unix_s.size(), false);
  for (std::size_t i = 0; i < taken_unix_s.size(); ++i) {
    const double age_s = now_unix_s - taken_unix_s[i];
    if (always[i] || every_days <= 0 || age_s <= every_days * kDay_s) continue;
    const bool last_of_day =
        i + 1 == taken_unix_s.size() ||
        std::floor(taken_unix_s[i] / kDay_s) != std::floor(taken_unix_s[i + 1] / kDay_s);
    goes[i] = !last_of_day || (daily_days > 0 && age_s > daily_days * kDay_s);
  }
  return goes;
}

void add_backups(const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  if (settings.keep_hourly_backup_days <= 0) {
    plan.kept.push_back({Kind::backup, "retention.keep_hourly_backup_days"});
    return;
  }
  if (settings.backup_dir.empty()) return;
  for (const auto& [database, backups] : backups_in(plain_path(settings.backup_dir))) {
    const std::vector<bool> always = newest_sound(backups);
    std::vector<double> taken;
    for (const Backup& backup : backups) taken.push_back(backup.taken_unix_s);
    const std::vector<bool> goes =
        expired_backups(taken, always, now_unix_s, settings.keep_hourly_backup_days,
                        settings.keep_daily_backup_days);
    for (std::size_t i = 0; i < backups.size(); ++i) {
      Candidate found;
      found.kind = Kind::backup;
      found.path = backups[i].entry.path;
      found.size_byte = backups[i].entry.size_byte;
      found.age_s = now_unix_s - taken[i];
      if (found.age_s <= settings.keep_hourly_backup_days * kDay_s) continue;
      found.goes = goes[i];
      found.why = goes[i]     ? "newer ones are kept"
                  : always[i] ? "one of the last three that verify"
                              : "the last of its day";
      plan.candidates.push_back(found);
    }
  }
}

}  // namespace contimg::retention
