// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "base/settings.h"
#include "base/sqlite.h"
#include "metrics/figures.h"
#include "notice/notice.h"

namespace contimg::notice {

/// What a queue that can be read shows to need a person, as of one moment: failed groups and jobs
/// that were given up, stages that are stuck or stall, stale groups, missing subbands and antennas,
/// pause and lack of room, disks, work that falls behind, calibration, backups, injected sources.
/// docs/operations/notify.md lists each with its limit.
std::vector<Notice> findings(Database& db, const contimg::Settings& settings, double now_unix_s);

/// The parts of findings(). Each appends to `found`.
void find_failures(Database& db, double now_unix_s, std::vector<Notice>& found);
void find_stuck_stages(Database& db, double now_unix_s, std::vector<Notice>& found);
void find_missing_parts(Database& db, const contimg::Settings& settings, double now_unix_s,
                        std::vector<Notice>& found);
void find_calibration(Database& db, const contimg::Settings& settings,
                      const metrics::Figures& figures, std::vector<Notice>& found);
void find_machine(Database& db, const contimg::Settings& settings, const metrics::Figures& figures,
                  std::vector<Notice>& found);
/// What known sources in the tiles of the last night that has some tell (docs/injection.md).
void find_injection(const contimg::Settings& settings, double now_unix_s,
                    std::vector<Notice>& found);

/// "12 min", "3.5 h", "2.1 days".
std::string in_words(double duration_s);

}  // namespace contimg::notice
