// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "convert/convert_group.h"
#include "queue/conversion.h"

namespace contimg::convert {

/// Adds to `start` what a tool's settings say of a conversion; paths become absolute. Without a
/// scratch folder the set is built in memory (tmpfs_dir) when the output is on a network disk,
/// where casacore's many small writes are slow, and in place otherwise, where building elsewhere
/// would only add a copy. expected_subbands counts only when an operator set it.
Settings settings_from(const contimg::Settings& settings, const Settings& start);

/// Options of convert-group that are settings.
const std::vector<std::string>& setting_options();

/// Hooks that draw a progress bar and call `check`.
Observer with_progress(const std::string& group_id, const std::function<void()>& check);

/// The files and class of a claimed group; `settings` gets the claim's token, the number of
/// subbands that the queue expects, and overwrite where the job is done again.
Group claimed_group(queue::Queue& queue, queue::Claim& claim, Settings& settings);

/// The group named, or the one that would be claimed next (nothing when there is none), as
/// claimed_group() would give it, claiming nothing.
std::optional<Group> next_group(queue::Queue& queue, const std::string& group_id,
                                Settings& settings);

/// What a group of files given by hand is called: the stamp in sb00's name, else the earliest
/// stamp, else the time of the first integration. Throws as subband::read_summary().
std::string group_id_of(const std::vector<std::string>& files);

/// What the queue shall record of a finished conversion.
queue::Outcome outcome_of(const Report& report);

/// One line of JSON: stage, group_id, product, state (completed, existed or planned), seconds and
/// the rest of the report.
std::string to_json(const std::string& group_id, const Report& report);

/// Logs what an operator looks for: `Group <id> completed in N s`, the documented warning above
/// 4.5 minutes, missing subbands and the other remarks.
void log_report(const std::string& group_id, const Report& report, bool profile);

}  // namespace contimg::convert
