// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// Records that a tick has begun, and forgets those of more than a week ago. Returned: its number.
std::int64_t begin_tick(Queue& queue);

/// A sign of life of a tick: `ended_at` is now. Given: its number; how it ended, or nothing while it
/// goes on. A number that is not there (any more) changes nothing.
void mark_tick(Queue& queue, std::int64_t id, std::optional<int> exit_code);

/// The same for a script, with words as they were given: begin_tick() without a number, mark_tick()
/// with one. Returned: a list of {tick}, the number. Throws UsageError for words that are no numbers.
Json record_tick(Queue& queue, const std::string& id, const std::string& exit_code);

/// The last sign of life of any tick; nothing when none was recorded.
std::optional<double> last_tick_unix_s(Database& db);

}  // namespace contimg::queue
