// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "queue/report.h"
#include "registry/registry.h"

/// The commands of manage-caltables: what an operator asks of the registry, answered as JSON.
namespace contimg::registry {

using queue::Json;

/// One object per set, in order of time. `state`: a state's word; empty: all.
Json list_sets(Registry& registry, const std::string& state);

/// Everything about one set: row, tables, quality, history, and the groups that have it.
Json show_set(Registry& registry, const std::string& name);

/// A table from elsewhere, with what an operator says of it.
struct Registration {
  NewSet set;
  std::string valid_from, valid_until;  ///< YYYY-MM-DDTHH:MM:SS; empty: from the settings.
  bool dry_run = false;                 ///< Only read and report.
};
/// Checks the tables and enters them as a candidate. What tables show (flagged share, live
/// antennas, SNR) is judged; the rest is not known, so it takes activate_set() to use them. Given
/// again, changes nothing. Throws as Registry::add_candidate().
Json register_tables(Registry& registry, const Registration& registration);

Json activate_set(Registry& registry, const std::string& name, const std::string& why);
Json retire_set(Registry& registry, const std::string& name, const std::string& why);
/// The telescope moved to `dec_deg` at `at` (empty: now). Returned: one object per retired set.
Json retire_moved(Registry& registry, double dec_deg, const std::string& at, double now_unix_s);

/// Whom which_set() asks for: a group of the queue, or a time and a declination.
struct Question {
  std::string group_id;
  std::string at;
  std::optional<double> dec_deg;
};
/// {group_id, set, tables, age_h, in_validity, why, warning, has}; set is null when there is none.
Json which_set(Registry& registry, const Question& question);

/// One object per group that would be calibrated otherwise now, cheapest first.
Json stale_groups(Registry& registry);

}  // namespace contimg::registry
