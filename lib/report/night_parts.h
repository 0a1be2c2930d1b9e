// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"
#include "report/ask.h"
#include "report/coverage.h"
#include "report/night.h"

namespace contimg::report {

// Of groups alone; pure.

/// "n_slots", "slots_by_state", "n_groups", "observed_s", "from_unix_s", "until_unix_s", "gaps" (each
/// stretch in which nothing came between groups), "slots".
Json coverage_json(const Coverage& coverage);

/// "allowed_s", and for "image" and "finished" latencies from the last subband: "n", "p50_s", "p90_s",
/// "p99_s", "max_s", "n_late" (beyond what is allowed); "n_unfinished"; "points" for the chart.
Json latency_json(const std::vector<NightGroup>& groups, double allowed_s);

/// Failed groups by kind of reason, the most frequent first: "kind", "stage", "n", "example",
/// "groups", "advice", "commands". `state`: "failed" or "waiting".
Json troubles_json(const std::vector<NightGroup>& groups, const std::string& state);

/// "n_groups" with any missing, "by_subband" (subband, n), "groups" (id, missing).
Json missing_json(const std::vector<NightGroup>& groups);

/// The worst verdict first, then the largest noise.
bool is_worse(const NightGroup* a, const NightGroup* b);

/// "n", "verdicts", medians, "worst" (at most 10), "points" for the chart of noise.
Json images_json(const std::vector<NightGroup>& groups);

/// "word": CLEAN, DEGRADED or FAILED; "reasons", the gravest first; "notes", which change nothing.
/// Given: the report without it. docs/operations/night-report.md has the rules.
Json verdict_of(const Json& report);

// From the databases.

/// When the night's data were worked on.
struct WorkTime {
  double from_unix_s = 0, until_unix_s = 0;  ///< NaN: never.
};
WorkTime work_time(const std::vector<NightGroup>& groups, double now_unix_s);

Json stage_times_json(Database& db, const Night& night);
Json steps_json(Database& db, const WorkTime& time);
Json calibration_json(Database& db, const Night& night);
Json mosaics_json(Database& db, const Night& night);
Json notices_json(Database& db, const WorkTime& time);
Json disk_json(Database& db, const Settings& settings, const Night& night);
Json versions_json(Database& db, const Night& night);
/// Null where there is no database of light curves.
Json variables_json(const Settings& settings, const Night& night);
/// What known sources in the night's tiles tell (injection/recovery.h): "n_tile", "n_source", "bright",
/// "bins", "nights" (the last 14), "faults". Null where the database of measurements has none at all.
Json injection_json(const Settings& settings, const Night& night);

}  // namespace contimg::report
