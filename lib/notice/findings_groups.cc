// SPDX-License-Identifier: GPL-3.0-or-later
// Notices about groups and what they lack: failed, stuck, stalled or incomplete; subbands and antennas gone.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "notice/findings.h"

namespace contimg::notice {
namespace {

constexpr double kStuckTimes = 5;  // of a stage's usual duration
constexpr int kStallsADay = 2;
constexpr int kGroupsLookedAt = 10, kMissingAgain = 3;
constexpr double kGoneShare = 0.95;  // of an antenna's data flagged

std::string padded(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

void find_failed_jobs(Database& db, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT group_id, stage, coalesce(reason, ''), retry_count FROM job"
                 " WHERE state = 'failed' ORDER BY group_id, id");
  while (rows.step()) {
    const std::string group = rows.text(0), stage = rows.text(1);
    found.push_back({"group-failed/" + group + "/" + stage, Severity::warning,
                     "group " + group + " failed in " + stage, rows.text(2),
                     "see: manage-queue show " + group +
                         "; once the cause is gone: manage-queue retry " + group +
                         ", or for all: manage-queue retry --failed"});
  }
}

// A letter whose job is failed is told of as that; one that is tried again needs nobody.
void find_dead_letters(Database& db, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT d.group_id, d.stage, max(d.reason) FROM dead_letter d"
                 " JOIN ingest_queue q ON q.group_id = d.group_id"
                 " LEFT JOIN job j ON j.group_id = d.group_id AND j.stage = d.stage"
                 " WHERE d.resolved_at IS NULL AND (j.state IS NULL OR j.state = 'waiting')"
                 " GROUP BY d.group_id, d.stage ORDER BY d.group_id, d.stage");
  while (rows.step()) {
    const std::string group = rows.text(0), stage = rows.text(1);
    found.push_back({"dead-letter/" + group + "/" + stage, Severity::warning,
                     stage + " of group " + group + " was given up and waits since", rows.text(2),
                     "manage-queue retry " + group});
  }
}

void find_long_running(Database& db, double now_unix_s, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT j.group_id, j.stage, a.started_at, j.host || ':' || j.pid,"
                 " (SELECT avg(wall_s) FROM stage_metrics m WHERE m.stage = j.stage"
                 "  AND m.source = 'measured' AND m.ended_at > ?1 - 604800)"
                 " FROM job j JOIN job_attempt a ON a.claim_token = j.claim_token"
                 " WHERE j.state = 'claimed' AND a.started_at < ?1 - 3600 ORDER BY j.group_id");
  rows.bind(1, now_unix_s);
  while (rows.step()) {
    const double lasted_s = now_unix_s - rows.real(2);
    if (!rows.is_null(4) && lasted_s < kStuckTimes * rows.real(4)) continue;
    const std::string group = rows.text(0), stage = rows.text(1);
    found.push_back({"stage-stuck/" + group + "/" + stage, Severity::warning,
                     stage + " of group " + group + " runs since " + in_words(lasted_s),
                     "Worker " + rows.text(3) + " has it, and renews its lease.",
                     "look at the worker; when it is hopeless, end it: the group is tried again"});
  }
}

void find_stalls(Database& db, double now_unix_s, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT stage, count(*), max(group_id) FROM job_attempt WHERE ended_at > ?"
                 " AND reason LIKE 'made no progress for %, killed' GROUP BY stage");
  rows.bind(1, now_unix_s - kDay_s);
  while (rows.step()) {
    if (rows.integer(1) < kStallsADay) continue;
    const std::string stage = rows.text(0);
    found.push_back({"stage-stalls/" + stage, Severity::warning,
                     stage + " was killed " + rows.text(1) + " times in a day for want of progress",
                     "The last group was " + rows.text(2) + ".",
                     "see its last output: manage-queue show " + rows.text(2)});
  }
}

void find_incomplete(Database& db, const contimg::Settings& settings, double now_unix_s,
                     std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT group_id, n_subbands, expected_subbands, missing_subbands, received_at"
                 " FROM ingest_queue WHERE state = 'collecting' AND received_at < ?"
                 " ORDER BY group_id");
  rows.bind(1, now_unix_s - settings.collecting_timeout_s);
  while (rows.step()) {
    const std::string group = rows.text(0);
    found.push_back({"missing-subbands/" + group, Severity::warning,
                     "group " + group + " waits for missing subbands",
                     "It has " + rows.text(1) + " of " + rows.text(2) + " since " +
                         in_words(now_unix_s - rows.real(4)) + "; missing: " + rows.text(3) + ".",
                     "look after the transfer of files; group.partial says what becomes of it"});
  }
}

void find_missing_subbands(Database& db, double now_unix_s, std::vector<Notice>& found) {
  Statement rows(db,
                 "SELECT group_id, expected_subbands FROM ingest_queue WHERE state <> 'collecting'"
                 " AND received_at > ? ORDER BY group_id DESC LIMIT ?");
  rows.bind(1, now_unix_s - kDay_s).bind(2, kGroupsLookedAt);
  Statement has(db, "SELECT 1 FROM subband_files WHERE group_id = ? AND subband_idx = ?");
  std::map<int, int> missing;
  while (rows.step()) {
    std::vector<int> absent;
    for (int subband = 0; subband < rows.integer(1); ++subband) {
      if (!has.bind(1, rows.text(0)).bind(2, subband).step()) absent.push_back(subband);
      has.reset();
    }
    // Where most are missing it is the group that is broken.
    if (2 * static_cast<std::int64_t>(absent.size()) > rows.integer(1)) continue;
    for (const int subband : absent) ++missing[subband];
  }
  for (const auto& [subband, n] : missing)
    if (n >= kMissingAgain)
      found.push_back({"subband-missing/" + padded(subband), Severity::warning,
                       "subband " + padded(subband) + " is missing again and again",
                       "Absent in " + std::to_string(n) + " of the last " +
                           std::to_string(kGroupsLookedAt) + " groups.",
                       "look after the correlator node that writes it"});
}

using Shares = nlohmann::json;

std::vector<Shares> antenna_shares(Database& db, double from, double to, int limit) {
  Statement rows(db,
                 "SELECT shares FROM flag_shares WHERE dim = 'antenna' AND recorded_at > ?"
                 " AND recorded_at <= ? ORDER BY recorded_at DESC LIMIT ?");
  rows.bind(1, from).bind(2, to).bind(3, limit);
  std::vector<Shares> found;
  while (rows.step()) found.push_back(Shares::parse(rows.text(0), nullptr, false));
  return found;
}

bool is_gone(const Shares& shares, const std::string& antenna) {
  const auto share = shares.is_object() ? shares.find(antenna) : shares.end();
  return share != shares.end() && share->is_number() && share->get<double>() >= kGoneShare;
}

// One that has been out for a week is known to be.
void find_missing_antennas(Database& db, double now_unix_s, std::vector<Notice>& found) {
  const auto last = antenna_shares(db, now_unix_s - kDay_s, now_unix_s, kMissingAgain);
  if (last.size() < static_cast<std::size_t>(kMissingAgain) || !last.front().is_object()) return;
  const auto week = antenna_shares(db, now_unix_s - 7 * kDay_s, now_unix_s, 2000);
  for (const auto& [antenna, share] : last.front().items()) {
    const auto gone = [&name = antenna](const Shares& shares) { return is_gone(shares, name); };
    if (!std::all_of(last.begin(), last.end(), gone) || std::all_of(week.begin(), week.end(), gone))
      continue;
    found.push_back(
        {"antenna-missing/" + antenna, Severity::warning, "antenna " + antenna + " gives no data",
         "Flagged in the last " + std::to_string(kMissingAgain) + " groups, and not before.",
         "look after the antenna; flag.flag_list takes it out for good"});
  }
}

}  // namespace

void find_failures(Database& db, double, std::vector<Notice>& found) {
  find_failed_jobs(db, found);
  find_dead_letters(db, found);
}

void find_stuck_stages(Database& db, double now_unix_s, std::vector<Notice>& found) {
  find_long_running(db, now_unix_s, found);
  find_stalls(db, now_unix_s, found);
}

void find_missing_parts(Database& db, const contimg::Settings& settings, double now_unix_s,
                        std::vector<Notice>& found) {
  find_incomplete(db, settings, now_unix_s, found);
  find_missing_subbands(db, now_unix_s, found);
  find_missing_antennas(db, now_unix_s, found);
}

}  // namespace contimg::notice
