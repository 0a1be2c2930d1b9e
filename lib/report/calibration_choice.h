// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "registry/registry.h"
#include "report/ask.h"

namespace contimg::report {

/// How a group was calibrated, and why so: the set that was applied, when, its age and declination, the
/// group's own solve, and the sets that were in reach with the reason why each lost.
///
/// Returned: an object with "summary" always, "candidates" where the queue knows when and where the
/// group was observed. Sets are judged as they are now; one that became active only after another was
/// applied lost because of that.
Json calibration_of(registry::Registry& registry, const std::string& group_id);

/// Why `one` was not taken where `applied` (an id of a set, 0: none) was, at `applied_at_unix_s` (NaN:
/// never): empty for the set itself. Pure.
std::string why_lost(const registry::Contender& one, const registry::Contender* applied,
                     double activated_at_unix_s, double applied_at_unix_s);

}  // namespace contimg::report
