// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/settings.h"
#include "queue/queue.h"
#include "queue/report.h"

namespace contimg::queue {

/// What people ask for from a browser, and a tool does: rows of the table `command`.
///
///     queued -> taken -> done | failed        taken -> queued: its worker died, or it had to wait
///
/// Beside the queue lies an empty file while any is queued (commands_mark()), so that a script can
/// tell without opening the queue.
///
///     mosaic       {"name", "from", "until", "tier"?}   make-mosaic is run
///     drop-mosaic  {"name"}                             its rows and files are removed
///     restart      {}                                   the tick ends after the groups in work

/// "<queue_db>.locks/commands".
std::string commands_mark(const std::string& queue_db);

/// Adds a command in the caller's transaction; leave_commands_mark() follows when that is committed.
std::int64_t ask_command(Database& db, const std::string& name, const Json& arguments,
                         const std::string& asker, double now_unix_s);
void leave_commands_mark(const std::string& queue_db);

/// One as {id, name, arguments, requested_at, requested_by, state, taken_at, done_at, result}, null
/// when there is none.
Json command(Database& db, std::int64_t id);
/// The latest first. `name` empty: all.
Json list_commands(Database& db, const std::string& name, int limit);

/// How a command ended.
struct CommandEnd {
  bool done = false;
  bool again = false;  ///< It has to wait: queued once more, three times at most.
  Json result;
};
/// Does what a command says. What it throws is a failure with those words; Stopped, and the command is
/// queued again, uncounted.
using Obey =
    std::function<CommandEnd(Queue& queue, const std::string& name, const Json& arguments)>;

/// Does it. Its programs take the environment and configuration of this process; `restart` is done by
/// being told to who called.
CommandEnd obey_command(Queue& queue, const std::string& name, const Json& arguments);

/// Takes queued commands one by one, oldest first, and those whose worker is gone, until there are no
/// more. Returned: {id, name, state, result} of each.
Json obey_commands(Queue& queue, const Obey& obey = obey_command);

}  // namespace contimg::queue
