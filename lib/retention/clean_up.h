// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/settings.h"
#include "queue/queue.h"
#include "retention/candidate.h"

namespace contimg::retention {

/// Everything that is old enough, judged. Reads whole raw files and their copies in the archive
/// where one may go. Changes nothing.
Plan plan_removals(queue::Queue& queue, const contimg::Settings& settings);

/// What was done with a plan.
struct Done {
  std::size_t n_removed = 0;
  std::int64_t removed_byte = 0;
  std::size_t n_failed = 0;  ///< Could not be removed; logged.
};

/// Removes what goes, one after another. Each is judged again by the queue as it is then, recorded
/// (table removal; product.removed_at, ms_index.status), and only then taken away: a file by one
/// call, a folder by renaming it aside and removing it from there. Killed at any moment nothing is
/// lost, and the next run goes on; a record whose file is still there and stays is taken back.
/// Candidates that turn out to stay are changed so in `plan`. Ends early on TERM (Stopped).
Done remove_planned(queue::Queue& queue, const contimg::Settings& settings, Plan& plan);

/// Takes back records of removals whose file is still there and is not to go: a removal that was
/// killed before its file went, and is not wanted any more. Looks at the records of 30 days.
/// Returned: how many.
int take_back_records(queue::Queue& queue, const Plan& plan);

/// For people: a line a candidate, and what it comes to.
std::string as_table(const Plan& plan, bool applied);

}  // namespace contimg::retention
