// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "lightcurve/update.h"
#include "queue/work.h"

namespace contimg::lightcurve {

/// What update-lightcurves is asked to do without a queue, but for --new.
struct Command {
  std::string withdraw, restore;  ///< A group's id; empty: not asked for.
  bool rebaseline = false, extend_baseline = false;
  std::string from, until;  ///< Of --rebaseline and --extend-baseline, UTC; empty: no bound.
  std::string why;

  bool any() const {
    return !withdraw.empty() || !restore.empty() || rebaseline || extend_baseline;
  }
};

/// Options of update-lightcurves that are settings.
const std::vector<std::string>& setting_options();
/// Throws UsageError when one of the databases has no place.
UpdateSettings settings_from(const contimg::Settings& settings, double min_separation_beams);

/// Does the one thing that is asked for; returns what is to be printed of it. Throws UsageError for two
/// things at once, or options that do not belong together.
std::string run_command(const Command& command, const UpdateSettings& settings, bool json);

queue::Outcome outcome_of(const EpochReport& report);
/// One line of JSON.
std::string to_json(const EpochReport& report);
std::string to_json(const BaselineReport& report);
/// A group's id, or JSON.
std::string line_of(const EpochReport& report, bool json);
/// Logs what an operator looks for.
void log_report(const EpochReport& report);

}  // namespace contimg::lightcurve
