// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/settings.h"
#include "base/sqlite.h"
#include "retention/candidate.h"

namespace contimg::retention {

/// What killed tools left in the configured folders: `*.partial-*` of owners that are proven dead
/// (base/atomic_output.h), among them WSClean's run folders, and what a killed clean-up had moved
/// aside, whatever its age. A half-made product that a job may go on with stays. Sets and tables
/// are not looked into.
void add_scratch(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan);

/// Logs in the log folder (`*.log`, `*.err`, `*.out`, and rotated ones), but the one that is
/// written; reports (`night-*.html`) in `<root>/state/reports`; both by keep_log_days.
void add_logs(const contimg::Settings& settings, double now_unix_s, Plan& plan);

/// Folders of Slurm batches that are at an end, by keep_log_days: every parcel is in taken/ and its
/// claim is one that this queue knows to have ended.
void add_batches(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan);

}  // namespace contimg::retention
