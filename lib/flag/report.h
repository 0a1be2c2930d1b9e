// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "flag/flag_ms.h"
#include "queue/work.h"

namespace contimg::flag {

/// Adds to `start` what a tool's settings say of flagging.
Settings settings_from(const contimg::Settings& settings, const Settings& start);

/// Options of flag-ms that are settings.
const std::vector<std::string>& setting_options();

/// Hooks that draw a progress bar and call `check`.
Observer with_progress(const std::string& label, const std::function<void()>& check);

/// The set of a claimed group: what convert-group recorded. Throws DataError when it has none.
std::string claimed_set(queue::Queue& queue, const queue::Claim& claim);

/// What the queue shall record: the set, what was used, and the shares by reason, antenna, channel
/// and baseline.
queue::Outcome outcome_of(const Report& report);

/// One line of JSON: stage, product, state, seconds, shares, dead antennas and channels.
std::string to_json(const std::string& group_id, const Report& report);

/// Logs what an operator looks for, with a warning above the share at which one should look.
void log_report(const Report& report, bool profile);

/// Draws the statistics: shares by antenna, by channel, by reason, and time against channel.
/// Throws TemporaryError as plot::Page does.
void draw(const Report& report, const std::string& png_path);

/// The same into plot_path(), which is noted in the report. A picture that cannot be drawn is
/// worth a warning, not a failure.
void draw_or_warn(Report& report);

/// `<set without .ms>.flags.png`
std::string plot_path(const std::string& ms_path);

}  // namespace contimg::flag
